//! Looking at types without knowing what they mean.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::Type;

/// Without parentheses and the invisible group of a `macro_rules!` fragment.
pub(super) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => peel(&inner.elem),
        Type::Group(inner) => peel(&inner.elem),
        other => other,
    }
}

/// What `ty` is, if it is of a kind without a fixed size.
pub(super) fn no_size(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Slice(_) => Some("a slice"),
        Type::TraitObject(_) => Some("a trait object"),
        Type::Path(path) if path.path.is_ident("str") => Some("a `str`"),
        _ => None,
    }
}

/// Where `word` stands in `tokens`, not inside of braces.
pub(super) fn find_word(tokens: TokenStream, word: &str) -> Option<Span> {
    tokens.into_iter().find_map(|tree| match tree {
        TokenTree::Ident(ident) if ident == word => Some(ident.span()),
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => find_word(group.stream(), word),
        _ => None,
    })
}

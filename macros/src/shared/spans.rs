//! Spans that point at the user's token but belong to the macro, so that no lint of the user's crate fires
//! on what the user did not write, and no local name collides with the user's.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The macro's span.
pub(crate) fn site() -> Span {
    Span::mixed_site()
}

/// The macro's span, located at the user's.
pub(crate) fn ours(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The same name, as the macro's own word at the user's place.
pub(crate) fn our_ident(ident: &Ident) -> Ident {
    moved(ident, ident.span())
}

/// The same name, as the macro's own word at another place of the user's.
pub(crate) fn moved(ident: &Ident, span: Span) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(ours(span));
    ident
}

/// A new name derived from the user's `ident`.
pub(crate) fn derived(ident: &Ident, name: impl FnOnce(&str) -> String) -> Ident {
    Ident::new(&name(&plain_name(ident)), ours(ident.span()))
}

/// The name without `r#`.
pub(crate) fn plain_name(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or_else(|| name.clone(), ToOwned::to_owned)
}

/// The same tokens as the macro's own, each where it was written.
pub(crate) fn our_tokens(tokens: impl ToTokens) -> TokenStream {
    respanned(tokens.into_token_stream(), ours)
}

/// The same tokens as the macro's own, all of them at `span`: so that what is wrong with them is reported
/// there, and only once.
pub(crate) fn located(tokens: TokenStream, span: Span) -> TokenStream {
    respanned(tokens, |_| ours(span))
}

/// `$crate` keeps its span, for that is where its meaning is.
fn respanned(tokens: TokenStream, span: impl Fn(Span) -> Span + Copy) -> TokenStream {
    let trees = tokens.into_iter().map(|tree| match tree {
        TokenTree::Ident(ident) if ident == "$crate" => TokenTree::Ident(ident),
        TokenTree::Group(group) => {
            let mut same = Group::new(group.delimiter(), respanned(group.stream(), span));
            same.set_span(span(group.span()));
            TokenTree::Group(same)
        }
        mut other => {
            other.set_span(span(other.span()));
            other
        }
    });
    trees.collect()
}

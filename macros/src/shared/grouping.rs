//! What a `macro_rules!` macro hands on as one expression stays one expression.
//!
//! An `$x:expr` comes as a group without visible delimiters, and of what a procedural macro gives back rustc's parser
//! sees no such groups: `$bytes / 256` with `1 << 20` would silently be `1 << (20 / 256)`. So groups that need it get
//! parentheses, at the door of every macro.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Expr;

/// `tokens` with parentheses around the invisible groups that would fall apart.
pub(crate) fn keep(tokens: TokenStream) -> TokenStream {
    if !any_falls_apart(&tokens) {
        return tokens;
    }
    let keep_tree = |tree| {
        let TokenTree::Group(group) = tree else { return tree };
        let delimiter = if falls_apart(&group) { Delimiter::Parenthesis } else { group.delimiter() };
        let mut whole = Group::new(delimiter, keep(group.stream()));
        whole.set_span(group.span());
        whole.into()
    };
    tokens.into_iter().map(keep_tree).collect()
}

fn any_falls_apart(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Group(group) => falls_apart(&group) || any_falls_apart(&group.stream()),
        _ => false,
    })
}

/// Whether what stands around an invisible group could bind to a part of it. Types and patterns that read as such an
/// expression may stand in parentheses as well.
fn falls_apart(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
        && matches!(
            syn::parse2::<Expr>(group.stream()),
            Ok(Expr::Assign(_)
                | Expr::Binary(_)
                | Expr::Cast(_)
                | Expr::Closure(_)
                | Expr::Range(_)
                | Expr::Reference(_)
                | Expr::Unary(_))
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn invisible(tokens: TokenStream) -> TokenTree {
        Group::new(Delimiter::None, tokens).into()
    }

    #[test]
    fn an_expression_stays_whole_wherever_it_stands() {
        let sum = invisible(quote!(1 << 20));
        let nested = invisible(quote!(#sum));
        let kept = |tokens: TokenStream| keep(tokens).to_string();
        assert_eq!(kept(quote!({ #sum / 2 })), quote!({ (1 << 20) / 2 }).to_string());
        assert_eq!(kept(quote!({ #nested / 2 })), quote!({ (1 << 20) / 2 }).to_string());
        assert_eq!(kept(quote!([u8; #sum])), quote!([u8; (1 << 20)]).to_string());
    }

    #[test]
    fn what_cannot_fall_apart_is_left_alone() {
        for whole in
            [quote!(7), quote!(Array<u64, 3>), quote!(a::b), quote!((1 + 2)), quote!(f(1)), quote!(x.y)]
        {
            let group = invisible(whole);
            let Some(TokenTree::Group(kept)) = keep(quote!(#group)).into_iter().next() else {
                panic!("a group")
            };
            assert_eq!(kept.delimiter(), Delimiter::None, "{kept}");
        }
    }
}

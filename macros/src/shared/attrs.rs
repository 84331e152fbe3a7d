//! The user's attributes, sorted by where they belong in the generated code.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Meta, Token, parse_quote_spanned, spanned::Spanned};

/// Attributes by kind, each in the order in which they were written.
#[derive(Default)]
pub(crate) struct Attrs {
    /// Documentation.
    pub(crate) docs: Vec<Attribute>,
    /// `cfg`, and what becomes one: they belong on every copy.
    pub(crate) cfgs: Vec<Attribute>,
    /// `allow`, `warn`, `deny`, `forbid`, `expect`.
    pub(crate) lints: Vec<Attribute>,
    /// `deprecated` and `must_use`: they speak to callers.
    pub(crate) notices: Vec<Attribute>,
    /// All others.
    pub(crate) others: Vec<Attribute>,
}

/// Sorts `attrs`; each attribute of a `cfg_attr` goes, under its condition, where it would go without.
pub(crate) fn sort(attrs: impl IntoIterator<Item = Attribute>) -> Attrs {
    let mut sorted = Attrs::default();
    for attr in attrs {
        for (name, attr) in apart(attr) {
            match name.as_str() {
                "doc" => &mut sorted.docs,
                "cfg" | "cfg_attr" => &mut sorted.cfgs,
                "allow" | "warn" | "deny" | "forbid" | "expect" => &mut sorted.lints,
                "deprecated" | "must_use" => &mut sorted.notices,
                _ => &mut sorted.others,
            }
            .push(attr);
        }
    }
    sorted
}

/// `attr` with its name; `#[cfg_attr(a, b, c)]` as `#[cfg_attr(a, b)]` named `b` and `#[cfg_attr(a, c)]` named `c`. One
/// that rustc does not understand either stays whole, for rustc to say so.
fn apart(attr: Attribute) -> Vec<(String, Attribute)> {
    let name = name(&attr);
    let Meta::List(list) = &attr.meta else { return vec![(name, attr)] };
    match conditional.parse2(list.tokens.clone()) {
        Ok((condition, metas)) if name == "cfg_attr" => {
            let each = |meta: Meta| {
                let inner = apart(parse_quote_spanned!(attr.span()=> #[#meta]));
                let under = |(name, Attribute { meta, .. })| {
                    (name, parse_quote_spanned!(attr.span()=> #[cfg_attr(#condition, #meta)]))
                };
                inner.into_iter().map(under).collect::<Vec<_>>()
            };
            metas.into_iter().flat_map(each).collect()
        }
        _ => vec![(name, attr)],
    }
}

/// A condition, and after a comma what holds under it.
fn conditional(input: ParseStream<'_>) -> syn::Result<(TokenStream, Vec<Meta>)> {
    let mut condition = TokenStream::new();
    while !input.peek(Token![,]) {
        condition.extend([input.parse::<proc_macro2::TokenTree>()?]);
    }
    input.parse::<Token![,]>()?;
    let metas = input.parse_terminated(Meta::parse, Token![,])?;
    Ok((condition, metas.into_iter().collect()))
}

/// The last segment of the attribute's path.
pub(crate) fn name(attr: &Attribute) -> String {
    attr.path().segments.last().map_or_else(String::new, |segment| segment.ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::text::compact;
    use quote::quote;
    use syn::parse_quote;

    fn shown(attrs: &[Attribute]) -> Vec<String> {
        attrs.iter().map(|attr| compact(quote!(#attr))).collect()
    }

    #[test]
    fn what_is_conditional_goes_where_it_would_go_without() {
        let attr =
            parse_quote!(#[cfg_attr(all(a, b), doc = "c", cfg(d), cfg_attr(e, must_use, serde(skip)))]);
        let sorted = sort([attr]);
        let expected = |inner: TokenStream| vec![compact(quote!(#[cfg_attr(all(a, b), #inner)]))];
        assert_eq!(shown(&sorted.docs), expected(quote!(doc = "c")));
        assert_eq!(shown(&sorted.cfgs), expected(quote!(cfg(d))));
        assert_eq!(shown(&sorted.notices), expected(quote!(cfg_attr(e, must_use))));
        assert_eq!(shown(&sorted.others), expected(quote!(cfg_attr(e, serde(skip)))));
        assert!(sorted.lints.is_empty());
    }

    #[test]
    fn what_rustc_refuses_stays_whole() {
        for attr in [parse_quote!(#[cfg_attr]), parse_quote!(#[cfg_attr(a)]), parse_quote!(#[cfg_attr(a, 1)])]
        {
            assert_eq!(shown(&sort([attr]).cfgs).len(), 1);
        }
    }
}

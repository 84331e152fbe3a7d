//! Fresh memory is zero, so zero must be a value of every plain enum, whatever is configured.

use crate::shared::{Errors, attrs};
use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{DataEnum, Expr, ExprLit, ExprUnary, Fields, Lit, Meta, Token, UnOp, Variant, parse_quote};

/// Reports data, for a plain enum has none.
pub(super) fn data_free(data: &DataEnum, errors: &mut Errors) -> bool {
    let mut free = true;
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.on(
                &variant.fields,
                "a plain enum has no data, for unused bytes of a variant would be padding: \
                 use `#[message]` if it only crosses between processes, or a struct with a tag field",
            );
            free = false;
        }
    }
    free
}

/// What is known of the value 0.
enum Zero<'a> {
    /// A variant has it, or only rustc can tell.
    Given,
    /// The variants that have it depend on `cfg`.
    Depends(Vec<&'a Variant>),
    Missing,
}

/// Reports that no variant is 0, and makes one 0 then; `None` where there is none. What is returned reports it where
/// that depends on `cfg`.
pub(super) fn check(data: &mut DataEnum, errors: &mut Errors) -> Option<TokenStream> {
    match find(data) {
        Zero::Given => Some(TokenStream::new()),
        Zero::Depends(variants) => {
            let Some(present) = variants.iter().map(|variant| condition(variant)).collect::<Option<Vec<_>>>()
            else {
                return Some(TokenStream::new());
            };
            let message = format!(
                "`{}` is 0 but is not there in this configuration, and fresh memory is all zeroes and must be a value: \
                 give the value 0 to a variant that is always there",
                variants[0].ident
            );
            let error = syn::Error::new_spanned(&variants[0].ident, message).to_compile_error();
            data.variants.push(parse_quote!(
                #[cfg(not(any(#(#present),*)))]
                __Zero = 0
            ));
            Some(quote!(#[cfg(not(any(#(#present),*)))] #error))
        }
        Zero::Missing => {
            let Some(first) = data.variants.first() else {
                errors.at(
                    data.enum_token.span,
                    "an enum without variants has no value, and fresh memory needs one: add a variant",
                );
                return None;
            };
            errors.on(
                first,
                format!("no variant is 0, but fresh memory is all zeroes and must be a value: give one the value 0, such as `{} = 0`", first.ident),
            );
            for variant in &mut data.variants {
                variant.discriminant = None;
                variant.attrs.retain(|attr| !attr.path().is_ident("cfg"));
            }
            Some(TokenStream::new())
        }
    }
}

/// When the variant is there; `None` where only rustc can tell.
fn condition(variant: &Variant) -> Option<TokenStream> {
    let cfgs = attrs::sort(variant.attrs.iter().cloned()).cfgs;
    let all = cfgs.iter().map(|attr| holds(&attr.meta)).collect::<Option<Vec<_>>>()?;
    Some(quote!(all(#(#all),*)))
}

/// `cfg(a)` is `a`, and `cfg_attr(b, cfg(a))` is that if `b` holds.
fn holds(meta: &Meta) -> Option<TokenStream> {
    let list = meta.require_list().ok()?;
    if list.path.is_ident("cfg") {
        return Some(list.tokens.clone());
    }
    let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut metas = metas.iter();
    let (condition, then) = (metas.next()?, holds(metas.next()?)?);
    Some(quote!(any(not(#condition), #then)))
}

/// Counts as rustc does. After a variant that may be absent the count is known no more until a value is given, but
/// before any is given the first that is there is 0. Values that are no literals are left to rustc.
fn find(data: &DataEnum) -> Zero<'_> {
    let mut next = Some(0_i128);
    let mut first = true;
    let mut depends = Vec::new();
    for variant in &data.variants {
        let optional = !attrs::sort(variant.attrs.iter().cloned()).cfgs.is_empty();
        if let Some((_, value)) = &variant.discriminant {
            let Some(value) = literal(value) else { return Zero::Given };
            (next, first) = (Some(value), false);
        }
        match next {
            Some(0) if optional => depends.push(variant),
            Some(0) => return Zero::Given,
            None if variant.discriminant.is_none() => return Zero::Given,
            _ => {}
        }
        if !(first && optional) {
            next = next.filter(|_| !optional).and_then(|value| value.checked_add(1));
            first = false;
        }
    }
    if depends.is_empty() { Zero::Missing } else { Zero::Depends(depends) }
}

fn literal(value: &Expr) -> Option<i128> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(value), .. }) => value.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr)?.checked_neg(),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

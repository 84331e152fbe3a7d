//! Fresh memory is zero, so zero must be a value of every plain enum, whatever is configured.

use crate::shared::{Errors, attrs};
use syn::{DataEnum, Expr, ExprLit, ExprUnary, Fields, Lit, UnOp, Variant};

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
    Depends(&'a Variant),
    Missing,
}

/// Reports that no variant is 0, and makes the first one 0 then; `false` where there is none.
pub(super) fn check(data: &mut DataEnum, errors: &mut Errors) -> bool {
    match find(data) {
        Zero::Given => return true,
        Zero::Depends(variant) => errors.on(
            variant,
            format!(
                "`{}` is 0 but depends on `cfg`, and fresh memory is all zeroes and must be a value: \
                 give the value 0 to a variant that is always there",
                variant.ident
            ),
        ),
        Zero::Missing => {
            let Some(first) = data.variants.first() else {
                errors.at(
                    data.enum_token.span,
                    "an enum without variants has no value, and fresh memory needs one: add a variant",
                );
                return false;
            };
            errors.on(
                first,
                format!("no variant is 0, but fresh memory is all zeroes and must be a value: give one the value 0, such as `{} = 0`", first.ident),
            );
        }
    }
    for variant in &mut data.variants {
        variant.discriminant = None;
        variant.attrs.retain(|attr| !attr.path().is_ident("cfg"));
    }
    true
}

/// Counts as rustc does. After a variant that may be absent the count is known no more until a value is given, but
/// before any is given the first that is there is 0. Values that are no literals are left to rustc.
fn find(data: &DataEnum) -> Zero<'_> {
    let mut next = Some(0_i128);
    let mut first = true;
    let mut depends = None;
    for variant in &data.variants {
        let optional = !attrs::sort(variant.attrs.iter().cloned()).cfgs.is_empty();
        if let Some((_, value)) = &variant.discriminant {
            let Some(value) = literal(value) else { return Zero::Given };
            (next, first) = (Some(value), false);
        }
        match next {
            Some(0) if optional => depends = depends.or(Some(variant)),
            Some(0) => return Zero::Given,
            None if variant.discriminant.is_none() => return Zero::Given,
            _ => {}
        }
        if !(first && optional) {
            next = next.filter(|_| !optional).and_then(|value| value.checked_add(1));
            first = false;
        }
    }
    depends.map_or(Zero::Missing, Zero::Depends)
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

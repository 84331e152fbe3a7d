//! Syntax to a plain type: what must be added to make it one.

use super::parse::Input;
use crate::shared::{Errors, Krate, spans, text};
use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DataEnum, DeriveInput, Expr, ExprLit, ExprUnary, Fields, Lit, Path, Token, UnOp};

/// A valid plain type.
pub(super) struct Plain {
    pub(super) krate: Krate,
    pub(super) item: DeriveInput,
    /// The representation to add.
    pub(super) repr: Option<Ident>,
    /// Which of `Clone` and `Copy` to derive.
    pub(super) derives: Vec<&'static str>,
    /// One text for each field or variant, for the fingerprint.
    pub(super) parts: Vec<String>,
}

/// `None` where nothing usable can be made of the item.
pub(super) fn validate(input: Input, errors: &mut Errors) -> Option<Plain> {
    let Input { krate, mut item } = input;
    if !item.generics.params.is_empty() {
        errors.on(
            &item.generics,
            "a plain type cannot be generic: that it has no padding is proved for one layout; name the types",
        );
        return None;
    }
    check_attrs(&mut item.attrs, errors);
    let reprs = words(&item.attrs, "repr");
    let repr = match &mut item.data {
        Data::Struct(_) => {
            let fixed = ["C", "transparent"];
            (!reprs.iter().any(|word| fixed.contains(&word.as_str()))).then_some("C")
        }
        Data::Enum(data) => {
            if !data_free(data, errors) {
                return None;
            }
            if !check_zero(data, errors) {
                return None;
            }
            let number =
                |word: &String| word.starts_with(['u', 'i']) && word[1..].chars().all(|c| c.is_ascii_digit());
            (!reprs.iter().any(number)).then_some("u8")
        }
        Data::Union(_) => return None,
    };
    let derived = words(&item.attrs, "derive");
    let missing =
        ["Clone", "Copy"].into_iter().filter(|name| !derived.iter().any(|word| word == name)).collect();
    let repr = repr.map(|repr| Ident::new(repr, Span::call_site()));
    Some(Plain { krate, repr, derives: missing, parts: parts(&item.data), item })
}

/// Reports attributes that contradict `#[plain]`, and takes them away.
fn check_attrs(attrs: &mut Vec<Attribute>, errors: &mut Errors) {
    const OURS: [&str; 6] =
        ["TryFromBytes", "FromZeros", "FromBytes", "IntoBytes", "Immutable", "KnownLayout"];
    for attr in attrs.iter_mut().filter(|attr| attr.path().is_ident("derive")) {
        let Ok(paths) = paths(attr) else { continue };
        let ours =
            |path: &&Path| path.segments.last().is_some_and(|last| OURS.iter().any(|our| last.ident == our));
        let (double, kept): (Vec<_>, Vec<_>) = paths.iter().partition(ours);
        for path in &double {
            errors.on(path, format!("`#[plain]` derives `{}` already: remove it here", text::compact(path)));
        }
        if !double.is_empty() {
            *attr = syn::parse_quote!(#[derive(#(#kept),*)]);
        }
    }
    attrs.retain(|attr| {
        let mut keep = true;
        if attr.path().is_ident("message") {
            errors.on(attr, "`#[plain]` makes this a message already: remove `#[message]`");
            keep = false;
        } else if attr.path().is_ident("plain") {
            errors.on(attr, "`#[plain]` is given twice: remove one");
            keep = false;
        }
        keep
    });
}

fn paths(attr: &Attribute) -> syn::Result<Punctuated<Path, Token![,]>> {
    attr.parse_args_with(Punctuated::parse_terminated)
}

/// The last segments of what attributes called `name` list.
fn words(attrs: &[Attribute], name: &str) -> Vec<String> {
    let listed = attrs
        .iter()
        .filter(|attr| attr.path().is_ident(name))
        .filter_map(|attr| attr.meta.require_list().ok());
    listed
        .flat_map(|list| list.tokens.clone())
        .filter_map(|tree| match tree {
            proc_macro2::TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        })
        .collect()
}

fn data_free(data: &DataEnum, errors: &mut Errors) -> bool {
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

/// Fresh memory is zero, so zero must be a value. Discriminants that are no literals are left to rustc. In an
/// enum in error the first variant becomes zero; `false` where there is none.
fn check_zero(data: &mut DataEnum, errors: &mut Errors) -> bool {
    let mut next = Some(0_i128);
    for variant in &data.variants {
        if let Some((_, value)) = &variant.discriminant {
            next = literal(value);
        }
        match next {
            Some(0) | None => return true,
            Some(value) => next = value.checked_add(1),
        }
    }
    let Some(first) = data.variants.first_mut() else {
        errors.at(
            data.enum_token.span,
            "an enum without variants has no value, and fresh memory needs one: add a variant",
        );
        return false;
    };
    errors.on(
        &first,
        format!("no variant is 0, but fresh memory is all zeroes and must be a value: give one the value 0, such as `{} = 0`", first.ident),
    );
    for variant in &mut data.variants {
        variant.discriminant = None;
    }
    true
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

fn parts(data: &Data) -> Vec<String> {
    match data {
        Data::Struct(data) => data
            .fields
            .iter()
            .map(|field| {
                let name =
                    field.ident.as_ref().map_or_else(String::new, |name| spans::plain_name(name) + ": ");
                name + &text::compact(&field.ty)
            })
            .collect(),
        Data::Enum(data) => data.variants.iter().map(|variant| spans::plain_name(&variant.ident)).collect(),
        Data::Union(_) => Vec::new(),
    }
}

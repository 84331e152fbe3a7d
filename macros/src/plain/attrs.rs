//! The user's attributes on a plain type: which contradict `#[plain]`, and what they say of the layout.

use crate::shared::{Errors, text};
use proc_macro2::TokenTree;
use syn::punctuated::Punctuated;
use syn::{Attribute, LitInt, Path, Token};

/// What zerocopy's derives are called.
const OURS: [&str; 6] = ["TryFromBytes", "FromZeros", "FromBytes", "IntoBytes", "Immutable", "KnownLayout"];

/// Reports attributes that contradict `#[plain]`, and takes them away.
pub(super) fn check(attrs: &mut Vec<Attribute>, errors: &mut Errors) {
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

/// The words that attributes called `name` list.
pub(super) fn words(attrs: &[Attribute], name: &str) -> Vec<String> {
    let listed = attrs
        .iter()
        .filter(|attr| attr.path().is_ident(name))
        .filter_map(|attr| attr.meta.require_list().ok());
    listed
        .flat_map(|list| list.tokens.clone())
        .filter_map(|tree| match tree {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        })
        .collect()
}

/// The number of `repr(word(number))`: `packed` alone is 1, and 0 stands for neither.
pub(super) fn repr_number(attrs: &[Attribute], word: &str) -> usize {
    let mut number = 0;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What is no `repr` is left to rustc.
        let _ = attr.parse_nested_meta(|meta| {
            let given = if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<LitInt>()?.base10_parse()?
            } else {
                1
            };
            if meta.path.is_ident(word) {
                number = given;
            }
            Ok(())
        });
    }
    number
}

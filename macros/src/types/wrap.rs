//! Types of which only rustc knows whether they fit. They are wrapped in a type that is themselves, given a proof
//! that they fit. Where they do not, the proof is one error at the type, and the wrapped type is none, about which
//! rustc says nothing more: neither the derives nor the uses of the item are in error too.

use super::known::is_primitive;
use crate::shared::spans;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

/// The type of a part of a plain type; `None` where it is beyond doubt.
pub(crate) fn checked(ty: &Type, private: &TokenStream) -> Option<Type> {
    match ty {
        Type::Group(group) => checked(&group.elem, private),
        Type::Paren(paren) => checked(&paren.elem, private),
        Type::Array(array) => {
            let mut array = array.clone();
            *array.elem = checked(&array.elem, private)?;
            Some(Type::Array(array))
        }
        Type::Verbatim(_) => None,
        _ if is_primitive(ty) => None,
        _ => Some(wrapped(ty, private, "plain")),
    }
}

/// The type of a daemon's field that is a collection of what is not beyond doubt.
pub(crate) fn field(ty: &Type, private: &TokenStream) -> Option<Type> {
    let mut ty = ty.clone();
    let Type::Path(path) = &mut ty else { return None };
    let last = path.path.segments.last_mut()?;
    let (proof, elements) = match last.ident.to_string().as_str() {
        "Array" | "Pool" | "Queue" | "Vector" => ("plain", 1),
        "Map" | "OrderedMap" => ("plain", 2),
        "Consumer" | "Producer" => ("crosses", 1),
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &mut last.arguments else { return None };
    let mut doubts = false;
    // What follows may look like types, but is constants.
    for argument in arguments.args.iter_mut().take(elements) {
        match argument {
            GenericArgument::Type(element) if !is_primitive(element) => {
                *element = wrapped(element, private, proof);
                doubts = true;
            }
            _ => {}
        }
    }
    doubts.then_some(ty)
}

/// No type at all: the proof is the report of `error`. The type is mentioned, or its import would be unused; but not
/// where that would be an error of its own.
pub(super) fn hole(ty: &Type, error: &syn::Error, private: &TokenStream) -> Type {
    let error = error.to_compile_error();
    let elsewhere = has(ty.to_token_stream(), |tree| match tree {
        TokenTree::Punct(punct) => punct.as_char() == '&',
        tree => tree.to_string() == "impl",
    });
    let ty = if elsewhere { quote!(()) } else { ty.to_token_stream() };
    Type::Verbatim(quote_spanned!(spans::site()=> #private::Proved<#ty, { #error }>))
}

fn has(tokens: TokenStream, wanted: impl Fn(&TokenTree) -> bool + Copy) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Group(group) => has(group.stream(), wanted),
        tree => wanted(&tree),
    })
}

/// All of it lies at the type: what is said of one place in the same words is said once.
fn wrapped(ty: &Type, private: &TokenStream, proof: &str) -> Type {
    let at = spans::ours(ty.span());
    let proof = Ident::new(proof, Span::call_site());
    let ours = spans::our_tokens(ty.to_token_stream());
    Type::Verbatim(quote_spanned!(at=> #private::Proved<#ty, { #private::#proof::<#ours>() }>))
}

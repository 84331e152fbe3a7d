//! The fields of a plain struct: those that cannot be plain are reported, and of the others each is made to prove
//! it, and to lie where it leaves no padding.

use super::attrs::repr_number;
use crate::shared::{Errors, Krate, attrs, spans};
use crate::types::{self, Role};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, DataStruct, DeriveInput, Field, Fields, Token, Type, parse_quote};

/// What the check for padding is told of a struct.
pub(super) struct Frame {
    parts: Vec<Part>,
    pack: usize,
    align: usize,
}

struct Part {
    name: String,
    ty: Type,
    cfgs: Vec<Attribute>,
    at: Span,
}

/// Checks every field.
pub(super) fn check(data: &mut DataStruct, krate: &Krate, errors: &mut Errors) {
    for field in &mut data.fields {
        if let Some(hole) = types::refuse(&field.ty, Role::Plain, krate, errors) {
            field.ty = hole;
        }
    }
}

/// What is to be proved of the layout; `None` where there is nothing that could be padding.
pub(super) fn frame(attrs: &[Attribute], data: &DataStruct) -> Option<Frame> {
    let (pack, align) = (repr_number(attrs, "packed"), repr_number(attrs, "align"));
    let parts: Vec<Part> = data.fields.iter().enumerate().map(|(i, field)| part(i, field)).collect();
    (!parts.is_empty() && (parts.len() > 1 || align > 1) && pack != 1).then_some(Frame { parts, pack, align })
}

fn part(i: usize, field: &Field) -> Part {
    Part {
        name: field.ident.as_ref().map_or_else(|| i.to_string(), spans::plain_name),
        ty: field.ty.clone(),
        cfgs: attrs::sort(field.attrs.clone()).cfgs,
        at: spans::ours(field.ident.as_ref().map_or_else(|| field.ty.span(), Ident::span)),
    }
}

/// Has every type that is not known prove that it is plain. Documentation shows it as it was written.
pub(super) fn prove(data: &mut DataStruct, private: &TokenStream) {
    let fields = match &mut data.fields {
        Fields::Named(fields) => &mut fields.named,
        Fields::Unnamed(fields) => &mut fields.unnamed,
        Fields::Unit => return,
    };
    let mut proved = Punctuated::<Field, Token![,]>::new();
    for mut field in core::mem::take(fields) {
        if let Some(ty) = types::checked(&field.ty, private) {
            let mut other = Field { ty, ..field.clone() };
            other.attrs.push(parse_quote!(#[cfg(not(doc))]));
            field.attrs.push(parse_quote!(#[cfg(doc)]));
            proved.push(other);
        }
        proved.push(field);
    }
    *fields = proved;
}

/// The check for padding, each step of it at the field that padding may follow.
pub(super) fn outline(item: &DeriveInput, frame: &Frame, private: &TokenStream) -> TokenStream {
    let site = spans::site();
    let (name, text) = (spans::our_ident(&item.ident), spans::plain_name(&item.ident));
    let Frame { parts, pack, align } = frame;
    let rows = parts
        .iter()
        .map(|Part { name, ty, cfgs, .. }| quote_spanned!(site=> #(#cfgs)* #private::Part::of::<#ty>(#name)));
    let steps = parts.iter().map(|Part { cfgs, at, .. }| {
        let step = quote_spanned!(*at=> frame.tight(at));
        quote_spanned!(site=> #(#cfgs)* let at = #step;)
    });
    quote_spanned! {site=>
        impl #private::Outline for #name {
            const TIGHT: () = {
                let frame = #private::Frame::new(#text, [#(#rows),*], #pack, #align);
                let at = 0_usize;
                #(#steps)*
                let _ = (frame, at);
            };
        }
    }
}

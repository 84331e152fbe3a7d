//! Syntax to a message: its parts in the order in which they are encoded.

use super::parse::Input;
use crate::shared::{Errors, Krate, attrs, spans};
use crate::types::{self, Role};
use proc_macro2::Ident;
use syn::{Attribute, Data, Fields, GenericParam, Index, Member, Type};

/// A valid message.
pub(super) struct Message {
    pub(super) krate: Krate,
    pub(super) name: Ident,
    pub(super) shape: Shape,
}

/// What kind of item it is.
pub(super) enum Shape {
    Struct(Vec<Part>),
    Enum(Vec<Variant>),
}

/// A field.
pub(super) struct Part {
    pub(super) member: Member,
    pub(super) ty: Type,
    pub(super) cfgs: Vec<Attribute>,
    /// The binding that holds it.
    pub(super) local: Ident,
}

/// A variant of an enum.
pub(super) struct Variant {
    pub(super) name: Ident,
    pub(super) tag: u8,
    pub(super) cfgs: Vec<Attribute>,
    pub(super) parts: Vec<Part>,
}

/// `None` where no encoding can be made.
pub(super) fn validate(input: &Input, errors: &mut Errors) -> Option<Message> {
    let item = &input.item;
    let mut sound = true;
    if !item.generics.params.is_empty() {
        let borrows = item.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)));
        errors.on(
            &item.generics,
            if borrows {
                "a message cannot borrow, for it crosses to where a reference means nothing: \
                 use `Text<N>` or `[u8; N]`"
            } else {
                "a message cannot be generic: both ends of a ring must agree on one layout; name the types"
            },
        );
        return None;
    }
    for attr in &item.attrs {
        if attr.path().is_ident("plain") {
            errors.on(attr, "`#[plain]` makes this a message already: remove `#[message]`");
            sound = false;
        } else if attr.path().is_ident("message") {
            errors.on(attr, "`#[message]` is given twice: remove one");
            sound = false;
        }
    }
    let shape = match &item.data {
        Data::Struct(data) => Shape::Struct(parts(&data.fields, &input.krate, errors)?),
        Data::Enum(data) => Shape::Enum(variants(data, &input.krate, errors)?),
        Data::Union(_) => return None,
    };
    sound.then(|| Message { krate: input.krate.clone(), name: item.ident.clone(), shape })
}

fn parts(fields: &Fields, krate: &Krate, errors: &mut Errors) -> Option<Vec<Part>> {
    let mut sound = true;
    let mut parts = Vec::new();
    for (i, field) in fields.iter().enumerate() {
        let cfgs = attrs::sort(field.attrs.iter().cloned()).cfgs;
        let member = match &field.ident {
            Some(name) => Member::Named(spans::our_ident(name)),
            None => Member::Unnamed(Index { index: i as u32, span: spans::site() }),
        };
        if let (None, Some(cfg)) = (&field.ident, cfgs.first()) {
            errors.on(cfg, "a field without a name cannot depend on `cfg`, for it would renumber the others: name the fields");
            sound = false;
        }
        sound &= types::refuse(&field.ty, Role::Message, krate, errors).is_none();
        let local = Ident::new(&format!("part_{i}"), spans::site());
        parts.push(Part { member, ty: field.ty.clone(), cfgs, local });
    }
    sound.then_some(parts)
}

fn variants(data: &syn::DataEnum, krate: &Krate, errors: &mut Errors) -> Option<Vec<Variant>> {
    let mut variants = Some(Vec::new());
    for (i, variant) in data.variants.iter().enumerate() {
        let Ok(tag) = u8::try_from(i) else {
            errors.on(
                variant,
                format!(
                    "a message has at most 256 variants and this enum has {}: put some into an enum of their own",
                    data.variants.len()
                ),
            );
            return None;
        };
        match parts(&variant.fields, krate, errors) {
            Some(parts) => {
                if let Some(variants) = &mut variants {
                    let cfgs = attrs::sort(variant.attrs.iter().cloned()).cfgs;
                    variants.push(Variant { name: spans::our_ident(&variant.ident), tag, cfgs, parts });
                }
            }
            None => variants = None,
        }
    }
    variants
}

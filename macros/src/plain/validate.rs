//! Syntax to a plain type: what must be added to make it one.

use super::attrs::{self, words};
use super::fields::{self, Frame};
use super::parse::Input;
use super::zero;
use crate::shared::{Errors, Krate, spans, text};
use proc_macro2::{Ident, Span, TokenStream};
use syn::{Data, DeriveInput, GenericParam};

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
    /// Where padding could be.
    pub(super) frame: Option<Frame>,
    /// What is wrong in some configurations.
    pub(super) report: TokenStream,
}

/// `None` where nothing usable can be made of the item.
pub(super) fn validate(input: Input, errors: &mut Errors) -> Option<Plain> {
    let Input { krate, mut item } = input;
    if !item.generics.params.is_empty() {
        let borrows = item.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)));
        errors.on(
            &item.generics,
            if borrows {
                "a plain value cannot borrow, for it outlives the process that wrote it: \
                 use a value, `Text<N>` or `[T; N]`"
            } else {
                "a plain type cannot be generic: that it has no padding is proved for one layout; name the types"
            },
        );
        return None;
    }
    attrs::check(&mut item.attrs, errors);
    let reprs = words(&item.attrs, "repr");
    let parts = parts(&item.data);
    let (mut frame, mut report) = (None, TokenStream::new());
    let repr = match &mut item.data {
        Data::Struct(data) => {
            fields::check(data, &krate, errors);
            let fixed = ["C", "transparent"];
            if !reprs.iter().any(|word| word == "transparent") {
                frame = fields::frame(&item.attrs, data);
            }
            (!reprs.iter().any(|word| fixed.contains(&word.as_str()))).then_some("C")
        }
        Data::Enum(data) => {
            if !zero::data_free(data, errors) {
                return None;
            }
            report = zero::check(data, errors)?;
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
    Some(Plain { krate, repr, derives: missing, parts, frame, report, item })
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

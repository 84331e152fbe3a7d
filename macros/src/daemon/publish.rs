//! `#[publish]` on fields: the struct of what other daemons may read.

use super::lower::{Plan, Row};
use crate::shared::attrs::{self, Attrs};
use crate::shared::{Errors, spans};
use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Meta;

/// Takes `#[publish]` out of a field's other attributes; whether it was there.
pub(super) fn take(attrs: &mut Attrs, errors: &mut Errors) -> bool {
    let mut published = false;
    attrs.others.retain(|attr| {
        if attrs::name(attr) != "publish" {
            return true;
        }
        if !matches!(attr.meta, Meta::Path(_)) {
            errors.on(attr, "`#[publish]` takes nothing, for whoever may read the field reads all of it: write `#[publish]`");
        } else if published {
            errors.on(attr, "`#[publish]` is given twice: remove one");
        }
        published = true;
        false
    });
    published
}

/// The struct, and where its fields come from; `None` where nothing is published.
pub(super) fn publish(plan: &Plan) -> Option<TokenStream> {
    let Plan { private, name, published, our_vis, .. } = plan;
    let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.published).collect();
    if rows.is_empty() {
        return None;
    }
    let site = spans::site();
    let doc = format!(
        " What [`{name}`] publishes: its fields under `#[publish]`, as one commit left them; see `Handle::snapshot`."
    );
    let fields = rows.iter().map(|row| {
        let (Row { name, cfgs, attrs, doc, .. }, image) = (row, row.field("Image"));
        let doc = doc.iter();
        quote_spanned!(site=> #(#cfgs)* #(#attrs)* #(#[doc = #doc])* #our_vis #name: #image)
    });
    let parts = rows.iter().map(|row| {
        let (Row { cfgs, name_text, span, .. }, image) = (row, row.field("Image"));
        quote_spanned! {*span=>
            #(#cfgs)*
            #private::PublishedField::new(<Self as #private::State>::FIELDS, #name_text, {
                let start = at.next_multiple_of(::core::mem::align_of::<#image>());
                at = start + ::core::mem::size_of::<#image>();
                start
            })
        }
    });
    let shown = rows.iter().map(|row| {
        let Row { member, cfgs, name_text, span, .. } = row;
        quote_spanned!(*span=> #(#cfgs)* shown.field(#name_text, (&#private::Shown(&self.#member)).shown());)
    });
    let text = published.to_string();
    Some(quote_spanned! {site=>
        #[doc = #doc]
        #[repr(C)]
        #our_vis struct #published { #(#fields,)* }
        // SAFETY: the struct is `repr(C)`, and the offsets follow its rule; that all fields are plain is checked below.
        unsafe impl #private::Publishes for #name {
            type Published = #published;
            const PARTS: &'static [#private::PublishedField] = &{
                let mut at = 0_usize;
                let parts = [#(#parts,)*];
                let _ = at;
                parts
            };
        }
        impl ::core::clone::Clone for #published {
            fn clone(&self) -> Self {
                #private::copied::<#name>(self)
            }
        }
        impl ::core::fmt::Debug for #published {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #private::Show as _;
                #[allow(unused_mut)]
                let mut shown = f.debug_struct(#text);
                #(#shown)*
                shown.finish()
            }
        }
    })
}

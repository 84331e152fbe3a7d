//! A plain type to tokens: the item with what it needs, and its encoding, which is its bytes.

use super::fields;
use super::validate::Plain;
use crate::message::{Conversion, conversion};
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Data;

pub(super) fn expand(plain: Plain) -> TokenStream {
    let Plain { krate, mut item, repr, derives, parts, frame, report } = plain;
    let site = spans::site();
    // What the derives report of the whole item is reported at its name.
    let at = spans::ours(item.ident.span());
    let (private, zerocopy) = (krate.private(), krate.zerocopy());
    let module = spans::located(private.clone(), at);
    let derives = derives.iter().map(|name| {
        let module = Ident::new(if *name == "Clone" { "clone" } else { "marker" }, at);
        let name = Ident::new(name, at);
        quote_spanned!(at=> ::core::#module::#name,)
    });
    let repr = repr.iter().map(|repr| quote_spanned!(site=> #[repr(#repr)]));
    let name = spans::plain_name(&item.ident);
    let outline = frame.map(|frame| fields::outline(&item, &frame, &private));
    let message = conversion(&item.ident, &private, |out, bytes| Conversion {
        size: quote_spanned!(site=> ::core::mem::size_of::<Self>()),
        fingerprint: quote_spanned! {site=>
            #private::fingerprint(#name, &[#(#private::fingerprint(#parts, &[])),*])
        },
        encode: quote_spanned! {site=>
            #out.copy_from_slice(<Self as #private::zerocopy::IntoBytes>::as_bytes(self));
        },
        decode: quote_spanned! {site=>
            <Self as #private::zerocopy::TryFromBytes>::try_read_from_bytes(#bytes).ok()
        },
        decode_into: None,
    });
    if let Data::Struct(data) = &mut item.data {
        fields::prove(data, &private);
    }
    let zerocopies = ["FromZeros", "IntoBytes", "Immutable", "KnownLayout"].map(|name| {
        let name = Ident::new(name, at);
        quote_spanned!(at=> #module::zerocopy::#name,)
    });
    quote_spanned! {site=>
        #[derive(#(#derives)* #(#zerocopies)*)]
        #[zerocopy(crate = #zerocopy)]
        #(#repr)*
        #item
        #report
        #outline
        #message
    }
}

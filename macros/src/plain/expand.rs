//! A plain type to tokens: the item with what it needs, and its encoding, which is its bytes.

use super::validate::Plain;
use crate::message::{Conversion, conversion};
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

pub(super) fn expand(plain: &Plain) -> TokenStream {
    let Plain { krate, item, repr, derives, parts } = plain;
    let site = spans::site();
    let (private, zerocopy) = (krate.private(), krate.zerocopy());
    let derives = derives.iter().map(|name| {
        let module = Ident::new(if *name == "Clone" { "clone" } else { "marker" }, site);
        let name = Ident::new(name, site);
        quote_spanned!(site=> ::core::#module::#name,)
    });
    let repr = repr.iter().map(|repr| quote_spanned!(site=> #[repr(#repr)]));
    let name = spans::plain_name(&item.ident);
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
    });
    quote_spanned! {site=>
        #[derive(
            #(#derives)*
            #private::zerocopy::FromZeros,
            #private::zerocopy::IntoBytes,
            #private::zerocopy::Immutable,
            #private::zerocopy::KnownLayout,
        )]
        #[zerocopy(crate = #zerocopy)]
        #(#repr)*
        #item
        #message
    }
}

//! A message to its implementation.

use super::validate::{Message, Part, Shape, Variant};
use crate::shared::{Krate, spans};
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::DeriveInput;

/// The body of an implementation of `Message`.
pub(crate) struct Conversion {
    /// Size of the encoding, a constant expression.
    pub(crate) size: TokenStream,
    pub(crate) fingerprint: TokenStream,
    /// Statements that write `self` to `out`.
    pub(crate) encode: TokenStream,
    /// An expression for the value in `bytes`, whose length is right.
    pub(crate) decode: TokenStream,
    /// An expression for whether `bytes`, whose length is right, were read over the value `out`, if that can be done part
    /// by part.
    pub(crate) decode_into: Option<TokenStream>,
}

/// The implementation of `Message` for `name`; `conversion` is given the names of `out` and `bytes`.
pub(crate) fn conversion(
    name: &Ident,
    private: &TokenStream,
    conversion: impl FnOnce(&Ident, &Ident) -> Conversion,
) -> TokenStream {
    let site = spans::site();
    let (out, bytes, name) = (Ident::new("out", site), Ident::new("bytes", site), spans::our_ident(name));
    let Conversion { size, fingerprint, encode, decode, decode_into } = conversion(&out, &bytes);
    let decode_into = decode_into.map(|expression| {
        quote_spanned! {site=>
            #[inline]
            fn decode_into(#bytes: &[u8], #out: &mut Self) -> ::core::primitive::bool {
                #bytes.len() == <Self as #private::Message>::SIZE && #expression
            }
        }
    });
    quote_spanned! {site=>
        impl #private::Message for #name {
            type Wire = [u8; #size];
            const FINGERPRINT: u64 = #fingerprint;
            fn encode(&self, #out: &mut [u8]) {
                #encode
            }
            fn decode(#bytes: &[u8]) -> ::core::option::Option<Self> {
                if #bytes.len() != <Self as #private::Message>::SIZE {
                    return ::core::option::Option::None;
                }
                #decode
            }
            #decode_into
        }
    }
}

pub(super) fn expand(message: &Message) -> TokenStream {
    let private = message.krate.private();
    conversion(&message.name, &private, |out, bytes| {
        let context = Context { private: &private, out, bytes };
        let name = spans::plain_name(&message.name);
        match &message.shape {
            Shape::Struct(parts) => context.of_struct(&name, parts),
            Shape::Enum(variants) => context.of_enum(&name, variants),
        }
    })
}

/// Something that resolves, for an item in error.
pub(super) fn stub(item: &DeriveInput, krate: &Krate) -> TokenStream {
    let taken =
        item.attrs.iter().any(|attr| attr.path().is_ident("plain") || attr.path().is_ident("message"));
    if taken || !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    let site = spans::site();
    conversion(&item.ident, &krate.private(), |out, _| Conversion {
        size: quote_spanned!(site=> 0),
        fingerprint: quote_spanned!(site=> 0),
        encode: quote_spanned!(site=> let _ = #out;),
        decode: quote_spanned!(site=> ::core::option::Option::None),
        decode_into: None,
    })
}

struct Context<'a> {
    private: &'a TokenStream,
    out: &'a Ident,
    bytes: &'a Ident,
}

impl Context<'_> {
    fn of_struct(&self, name: &str, parts: &[Part]) -> Conversion {
        let site = spans::site();
        let (private, prints) = (self.private, self.prints(parts));
        let (pattern, puts) = (pattern(parts), self.puts(parts));
        let takes = self.takes(parts);
        Conversion {
            size: self.size(parts),
            fingerprint: quote_spanned!(site=> #private::fingerprint(#name, &[#prints])),
            encode: quote_spanned!(site=> let Self { #pattern } = self; #puts),
            decode: quote_spanned!(site=> #takes ::core::option::Option::Some(Self { #pattern })),
            decode_into: Some(self.takes_into(parts)),
        }
    }

    fn of_enum(&self, name: &str, variants: &[Variant]) -> Conversion {
        let site = spans::site();
        let (private, out, bytes) = (self.private, self.out, self.bytes);
        let sizes = variants.iter().map(|Variant { cfgs, parts, .. }| {
            let sum = self.size(parts);
            quote_spanned!(site=> #(#cfgs)* #sum)
        });
        let prints = variants.iter().map(|Variant { name, cfgs, parts, .. }| {
            let (name, prints) = (spans::plain_name(name), self.prints(parts));
            quote_spanned!(site=> #(#cfgs)* #private::fingerprint(#name, &[#prints]))
        });
        let puts = variants.iter().map(|Variant { name, tag, cfgs, parts }| {
            let (pattern, puts) = (pattern(parts), self.puts(parts));
            quote_spanned!(site=> #(#cfgs)* Self::#name { #pattern } => { tag.fill(#tag); #puts })
        });
        let takes = variants.iter().map(|Variant { name, tag, cfgs, parts }| {
            let (pattern, takes) = (pattern(parts), self.takes(parts));
            quote_spanned!(site=> #(#cfgs)* #tag => { #takes ::core::option::Option::Some(Self::#name { #pattern }) })
        });
        let encode = if variants.is_empty() {
            quote_spanned!(site=> let _ = #out; match *self {})
        } else {
            quote_spanned!(site=> let (tag, #out) = #out.split_at_mut(1); match self { #(#puts)* })
        };
        Conversion {
            size: quote_spanned!(site=> 1 + #private::konst::max(&[#(#sizes),*])),
            fingerprint: quote_spanned!(site=> #private::fingerprint(#name, &[#(#prints),*])),
            encode,
            decode: quote_spanned! {site=>
                let (tag, #bytes) = #bytes.split_first()?;
                let _ = #bytes;
                match *tag {
                    #(#takes)*
                    _ => ::core::option::Option::None,
                }
            },
            decode_into: None,
        }
    }

    /// The sum of the sizes. `cfg` cannot stand on an operand, but on a statement.
    fn size(&self, parts: &[Part]) -> TokenStream {
        let (site, private) = (spans::site(), self.private);
        let sums = parts.iter().map(|Part { ty, cfgs, .. }| {
            quote_spanned!(site=> #(#cfgs)* let size = size + <#ty as #private::Message>::SIZE;)
        });
        quote_spanned!(site=> { let size = 0_usize; #(#sums)* size })
    }

    fn prints(&self, parts: &[Part]) -> TokenStream {
        let (site, private) = (spans::site(), self.private);
        let prints = parts.iter().map(
            |Part { ty, cfgs, .. }| quote_spanned!(site=> #(#cfgs)* <#ty as #private::Message>::FINGERPRINT),
        );
        quote_spanned!(site=> #(#prints),*)
    }

    /// Writes one part after the other, then zeroes.
    fn puts(&self, parts: &[Part]) -> TokenStream {
        let (site, private, out) = (spans::site(), self.private, self.out);
        let puts = parts.iter().map(|Part { ty, cfgs, local, .. }| {
            quote_spanned! {site=>
                #(#cfgs)* let (part, #out) = #out.split_at_mut(<#ty as #private::Message>::SIZE);
                #(#cfgs)* <#ty as #private::Message>::encode(#local, part);
            }
        });
        quote_spanned!(site=> #(#puts)* #out.fill(0);)
    }

    /// Reads one part after the other.
    fn takes(&self, parts: &[Part]) -> TokenStream {
        let (site, private, bytes) = (spans::site(), self.private, self.bytes);
        let takes = parts.iter().map(|Part { ty, cfgs, local, .. }| {
            quote_spanned! {site=>
                #(#cfgs)* let (part, #bytes) = #bytes.split_at_checked(<#ty as #private::Message>::SIZE)?;
                #(#cfgs)* let #local = <#ty as #private::Message>::decode(part)?;
            }
        });
        quote_spanned!(site=> #(#takes)* let _ = #bytes;)
    }
}

impl Context<'_> {
    /// Reads one part after the other over those of `out`.
    fn takes_into(&self, parts: &[Part]) -> TokenStream {
        let (site, private, out, bytes) = (spans::site(), self.private, self.out, self.bytes);
        let takes = parts.iter().map(|Part { ty, cfgs, local, .. }| {
            quote_spanned! {site=>
                #(#cfgs)* let ::core::option::Option::Some((part, #bytes)) =
                    #bytes.split_at_checked(<#ty as #private::Message>::SIZE) else { return false };
                #(#cfgs)* if !<#ty as #private::Message>::decode_into(part, #local) { return false; }
            }
        });
        let pattern = pattern(parts);
        quote_spanned!(site=> { let Self { #pattern } = #out; #(#takes)* let _ = #bytes; true })
    }
}

/// `field: part_0, …`: a pattern and an expression at once.
fn pattern(parts: &[Part]) -> TokenStream {
    let site = spans::site();
    let parts =
        parts.iter().map(|Part { member, cfgs, local, .. }| quote_spanned!(site=> #(#cfgs)* #member: #local));
    quote_spanned!(site=> #(#parts),*)
}

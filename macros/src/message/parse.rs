//! Tokens to syntax: the options and the item.

use crate::shared::options::{self, CRATE};
use crate::shared::values::Known;
use crate::shared::{Errors, Krate};
use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

const KNOWN: [Known; 1] = [CRATE];

/// What the user wrote.
pub(super) struct Input {
    pub(super) krate: Krate,
    pub(super) item: DeriveInput,
}

/// `None` where there is neither struct nor enum.
pub(super) fn parse(args: TokenStream, item: TokenStream, errors: &mut Errors) -> Option<Input> {
    let krate = options::parse(args, const { &KNOWN }, errors).krate(errors);
    match syn::parse2::<DeriveInput>(item.clone()) {
        Ok(DeriveInput { data: Data::Union(union), .. }) => {
            errors.on(
                union.union_token,
                "a union has no encoding, for nothing says which field counts: use an enum with data",
            );
            None
        }
        Ok(item) => Some(Input { krate, item }),
        Err(_) => {
            errors.on(item, "`#[message]` goes on a struct or an enum, such as `struct Order { cents: u32 }`: remove it here");
            None
        }
    }
}

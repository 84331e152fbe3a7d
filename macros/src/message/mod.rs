//! `#[message]`: a fixed-size encoding for a struct or enum that crosses between processes.

mod expand;
mod parse;
mod validate;

use crate::shared::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;

pub(crate) use expand::{Conversion, conversion};

/// The pipeline. The item itself is passed on as it was written.
pub(crate) fn message(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut tokens = item.clone();
    if let Some(input) = parse::parse(args, item, &mut errors) {
        match validate::validate(&input, &mut errors) {
            Some(message) => expand::expand(&message).to_tokens(&mut tokens),
            None => expand::stub(&input.item, &input.krate).to_tokens(&mut tokens),
        }
    }
    errors.into_tokens().to_tokens(&mut tokens);
    tokens
}

#[cfg(test)]
mod tests;

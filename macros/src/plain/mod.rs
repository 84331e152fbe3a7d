//! `#[plain]`: a struct or enum whose bytes are its value.

mod attrs;
mod expand;
mod fields;
mod parse;
mod validate;
mod zero;

use crate::shared::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;

/// The pipeline. What `validate` returns is always usable, so that one mistake stays one error.
pub(crate) fn plain(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = parse::parse(args, &item, &mut errors) else {
        return [item, errors.into_tokens()].into_iter().collect();
    };
    let mut tokens = match validate::validate(input, &mut errors) {
        Some(plain) => expand::expand(plain),
        None => item,
    };
    errors.into_tokens().to_tokens(&mut tokens);
    tokens
}

#[cfg(test)]
mod tests;

//! `#[transaction]`: a function over borrowed fields becomes a call that runs it in a process of its own.

mod checks;
mod expand;
mod lower;
mod params;
mod parse;
mod result;
mod stub;
mod types;
mod validate;

use crate::shared::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;

/// The pipeline. A signature that cannot be a transaction's becomes a stub that callers can still name.
pub(crate) fn transaction(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = parse::parse(args, &item, &mut errors) else {
        return [item, errors.into_tokens()].into_iter().collect();
    };
    let mut tokens = match validate::validate(&input, &mut errors) {
        Ok(task) => expand::expand(&lower::lower(task)),
        Err(krate) => stub::stub(&input, &krate),
    };
    errors.into_tokens().to_tokens(&mut tokens);
    tokens
}

#[cfg(test)]
mod tests;

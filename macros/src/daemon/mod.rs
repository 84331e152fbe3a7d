//! `#[daemon]`: a struct becomes the name, the layout and the views of a daemon's state.

mod conflicts;
mod expand;
mod functions;
mod lower;
mod options;
mod parse;
mod publish;
mod state;
mod validate;

use crate::shared::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;

/// The pipeline. What `validate` returns is always usable, so that one mistake stays one error.
pub(crate) fn daemon(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = parse::parse(args, &item, &mut errors) else {
        return [item, errors.into_tokens()].into_iter().collect();
    };
    let daemon = validate::validate(input, &mut errors);
    let plan = lower::lower(daemon, errors.is_empty());
    let mut tokens = errors.into_tokens();
    expand::expand(&plan).to_tokens(&mut tokens);
    tokens
}

#[cfg(test)]
mod tests;

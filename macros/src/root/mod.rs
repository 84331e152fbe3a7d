//! `root!`: the tree as one constant, and `main`.

mod circles;
mod daemons;
mod expand;
mod lower;
mod parse;
mod rings;
mod subscriptions;
mod validate;

use crate::shared::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;

/// The pipeline. A tree in error still has a `main`.
pub(crate) fn root(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let sections = parse::parse(input, &mut errors);
    let tree = validate::validate(&sections, &mut errors);
    let mut tokens = match tree {
        Some(tree) if errors.is_empty() => expand::expand(&lower::lower(&tree)),
        _ => expand::stub(),
    };
    errors.into_tokens().to_tokens(&mut tokens);
    tokens
}

#[cfg(test)]
mod tests;

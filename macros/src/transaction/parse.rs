//! Tokens to syntax: the options and the signature. The body stays tokens, so that what is half-typed in it
//! is rustc's to report.

use crate::shared::Errors;
use crate::shared::options::{self, CRATE, Entries};
use crate::shared::values::Known;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Signature, Visibility};

const KNOWN: [Known; 4] = [
    Known { name: "timeout", expects: "a duration in quotes, such as `\"50ms\"`" },
    Known { name: "retries", expects: "a whole number, such as `2`" },
    Known { name: "backoff", expects: "a duration in quotes, such as `\"5ms\"`" },
    CRATE,
];

/// What the user wrote.
pub(super) struct Input {
    pub(super) options: Entries,
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) sig: Signature,
    /// With its braces.
    pub(super) body: Group,
}

/// `None` where there is no function to work with.
pub(super) fn parse(args: TokenStream, item: &TokenStream, errors: &mut Errors) -> Option<Input> {
    let options = options::parse(args, const { &KNOWN }, errors);
    let function = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if let Some(other) = other_item(input) {
            return Err(input.error(format!(
                "`#[transaction]` goes on a function in an `impl` block of the daemon, not on {other}"
            )));
        }
        let sig = input.parse()?;
        let body = match input.parse()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => group,
            other => {
                return Err(syn::Error::new(
                    other.span(),
                    "a transaction needs a body: write the function in an `impl` block of the daemon",
                ));
            }
        };
        Ok((attrs, vis, sig, body))
    };
    match function.parse2(item.clone()) {
        Ok((attrs, vis, sig, body)) => Some(Input { options, attrs, vis, sig, body }),
        Err(error) => {
            errors.take(error);
            None
        }
    }
}

/// The item that stands here instead of a function.
fn other_item(input: ParseStream<'_>) -> Option<&'static str> {
    let fork = input.fork();
    loop {
        let word = fork.call(Ident::parse_any).ok()?.to_string();
        return Some(match word.as_str() {
            "unsafe" | "async" | "default" => continue,
            "struct" => "a struct",
            "enum" => "an enum",
            "union" => "a union",
            "impl" => "the `impl` block itself",
            "trait" => "a trait",
            "mod" => "a module",
            "use" => "an import",
            "type" => "a type alias",
            "static" => "a static",
            "const" if fork.peek(syn::Token![fn]) || fork.peek(syn::Token![unsafe]) => return None,
            "const" if fork.peek(syn::Token![async]) || fork.peek(syn::Token![extern]) => {
                return None;
            }
            "const" => "a constant",
            _ => return None,
        });
    }
}

/// Marker of a parameter, found by its last path segment.
pub(super) fn marker<'a>(attrs: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attrs.iter().find(|attr| attr.path().is_ident(name))
}

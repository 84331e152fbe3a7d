//! One ring: `Gateway.orders -> Ledger.orders (attempts = 3)`, or one with several consumers:
//! `Gateway.orders -> [Ledger.orders, Audit.orders]`.

use super::daemons::cfgs;
use crate::shared::options;
use crate::shared::values::Known;
use crate::shared::{Errors, spans};
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Path, Token};

const KNOWN: [Known; 2] = [
    Known { name: "attempts", expects: "a whole number, such as `3`" },
    Known { name: "full", expects: "`refuse`, `wait` or `drop_oldest`" },
];

/// What a producer does when the ring is full.
const WHEN_FULL: [(&str, &str); 3] = [("refuse", "Refuse"), ("wait", "Wait"), ("drop_oldest", "DropOldest")];

/// A ring as written.
pub(super) struct Ring {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) from: End,
    pub(super) to: End,
    /// If it says so.
    pub(super) attempts: Option<u32>,
    /// A variant of `WhenFull`, if it says so.
    pub(super) when_full: Option<&'static str>,
}

/// An end of a ring.
#[derive(Clone)]
pub(super) struct End {
    /// Last segment of the daemon's path.
    pub(super) daemon: Ident,
    pub(super) field: Ident,
}

impl End {
    pub(super) fn is(&self, other: &Self) -> bool {
        self.daemon == other.daemon && self.field == other.field
    }

    /// `Daemon.field`.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", spans::plain_name(&self.daemon), spans::plain_name(&self.field))
    }
}

impl ToTokens for End {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.daemon.to_tokens(tokens);
        self.field.to_tokens(tokens);
    }
}

/// The rings of one line: one for each consumer.
pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Vec<Ring> {
    let (cfgs, tokens) = cfgs(tokens, errors);
    let last = tokens.clone().into_iter().last().map_or_else(Span::call_site, |tree| tree.span());
    // Where the tokens end too soon, the last one is to blame.
    let wrong = |input: ParseStream<'_>, message| {
        syn::Error::new(if input.is_empty() { last } else { input.span() }, message)
    };
    let ring = |input: ParseStream<'_>| {
        let from = end(input)?;
        if input.peek(Token![<-]) {
            return Err(wrong(input, "messages flow to the right: write `Producer.field -> Consumer.field`"));
        }
        if input.parse::<Token![->]>().is_err() {
            return Err(wrong(input, "expected `->`: a ring is `Producer.field -> Consumer.field`"));
        }
        let to = ends(input)?;
        let options = if input.peek(syn::token::Paren) {
            let inner;
            syn::parenthesized!(inner in input);
            inner.parse()?
        } else {
            TokenStream::new()
        };
        if !input.is_empty() {
            return Err(wrong(input, "expected `,` or `(attempts = 3)` after a ring"));
        }
        Ok((from, to, options))
    };
    let (from, to, options) = match ring.parse2(tokens) {
        Ok(ring) => ring,
        Err(error) => {
            errors.take(error);
            return Vec::new();
        }
    };
    let options = options::parse(options, const { &KNOWN }, errors);
    let attempts = options.get("attempts").and_then(|entry| match entry.count(errors) {
        Some(0) => {
            errors.on(
                entry.value(),
                "`attempts` is 0: a message must be tried once at least before it is set aside",
            );
            None
        }
        count => count,
    });
    let when_full = options.get("full").and_then(|entry| entry.choice(&WHEN_FULL, errors));
    let ring = |to| Ring { cfgs: cfgs.clone(), from: from.clone(), to, attempts, when_full };
    to.into_iter().map(ring).collect()
}

/// What stands right of the arrow: an end, or several in brackets.
fn ends(input: ParseStream<'_>) -> syn::Result<Vec<End>> {
    if !input.peek(syn::token::Bracket) {
        return Ok(vec![end(input)?]);
    }
    let inner;
    let brackets = syn::bracketed!(inner in input);
    let ends: Vec<End> = inner.parse_terminated(end, Token![,])?.into_iter().collect();
    if ends.is_empty() {
        return Err(syn::Error::new(
            brackets.span.join(),
            "a ring without consumers: name them, such as `[Ledger.orders]`",
        ));
    }
    Ok(ends)
}

fn end(input: ParseStream<'_>) -> syn::Result<End> {
    const EXPECTED: &str = "expected an end of a ring: a daemon and its field, such as `Ledger.orders`";
    let path = match input.call(Path::parse_mod_style) {
        Ok(path) => path,
        Err(error) => return Err(syn::Error::new(error.span(), EXPECTED)),
    };
    let last = path.segments.last().map(|segment| segment.ident.clone());
    if input.parse::<Token![.]>().is_err() {
        let shown = last.map_or_else(String::new, |last| last.to_string());
        return Err(syn::Error::new_spanned(
            path,
            format!("expected the field of `{shown}`: `{shown}.field`"),
        ));
    }
    match (last, input.parse::<Ident>()) {
        (Some(daemon), Ok(field)) => Ok(End { daemon, field }),
        (Some(daemon), Err(_)) => Err(syn::Error::new(daemon.span(), EXPECTED)),
        _ => Err(input.error(EXPECTED)),
    }
}

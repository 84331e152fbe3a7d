//! One subscription: `Monitor -> Ledger`, by which the monitor hears of the ledger's commits.

use super::daemons::{Daemons, cfgs, last};
use super::parse::shown;
use crate::shared::{Errors, options};
use proc_macro2::{Group, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Path, Token};

/// Others that a daemon can be subscribed to; the runtime keeps so many places.
const MOST: usize = 4;

/// Daemons that exist, by their place in the list. Where a name is several daemons', of which `cfg` leaves one, there
/// are as many pairs.
pub(super) struct Subscription {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) pairs: Vec<(usize, usize)>,
}

pub(super) fn check(list: &Group, daemons: &Daemons, errors: &mut Errors) -> Vec<Subscription> {
    let mut subscriptions: Vec<Subscription> = Vec::new();
    for piece in options::split(list.stream(), ',').into_iter().filter(|piece| !piece.tokens.is_empty()) {
        let (cfgs, tokens) = cfgs(piece.tokens, errors);
        let (from, to) = match parse(tokens) {
            Ok(ends) => ends,
            Err(error) => {
                errors.take(error);
                continue;
            }
        };
        let (Some(subscriber), Some(publisher)) = (last(&from), last(&to)) else { continue };
        let left = daemons.find(subscriber, errors);
        let [name, other] = [subscriber, publisher].map(shown);
        if subscriber == publisher {
            if !left.is_empty() {
                errors.on(&to, format!("`{name}` knows of its own commits: remove this, or name the daemon that it is to hear of"));
            }
            continue;
        }
        let right = daemons.find(publisher, errors);
        let pairs: Vec<_> = left.iter().flat_map(|from| right.iter().map(|to| (*from, *to))).collect();
        // Of those under `cfg` nobody knows here whether both are there.
        let certain = || subscriptions.iter().filter(|other| other.cfgs.is_empty() && cfgs.is_empty());
        if certain().any(|other| other.pairs.iter().any(|pair| pairs.contains(pair))) {
            errors.on(&to, format!("`{name}` is subscribed to `{other}` twice: remove one"));
            continue;
        }
        if certain().filter(|other| other.pairs.iter().any(|(from, _)| left.contains(from))).count() == MOST {
            errors.on(
                &to,
                format!("`{name}` is subscribed to {MOST} daemons already, and that is the most: have one of them pass on what it hears"),
            );
            continue;
        }
        subscriptions.push(Subscription { cfgs, pairs });
    }
    subscriptions
}

fn parse(tokens: TokenStream) -> syn::Result<(Path, Path)> {
    let end = tokens.clone().into_iter().last().map_or_else(Span::call_site, |tree| tree.span());
    // Where the tokens end too soon, the last one is to blame.
    let wrong = |input: ParseStream<'_>| {
        let at = if input.is_empty() { end } else { input.span() };
        let message = "expected `Monitor -> Ledger`: on the left who hears of commits, on the right whose they are, without a field";
        syn::Error::new(at, message)
    };
    let subscription = |input: ParseStream<'_>| {
        let from = input.call(Path::parse_mod_style).map_err(|_| wrong(input))?;
        input.parse::<Token![->]>().map_err(|_| wrong(input))?;
        let to = input.call(Path::parse_mod_style).map_err(|_| wrong(input))?;
        if input.is_empty() { Ok((from, to)) } else { Err(wrong(input)) }
    };
    subscription.parse2(tokens)
}

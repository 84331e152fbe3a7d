//! Sections to a tree: every name is known, every end wired once.

use super::daemons::{self, Daemons, Node};
use super::parse::{Sections, shown};
use super::rings::{self, End, Ring};
use super::subscriptions::{self, Subscription};
use crate::shared::options;
use crate::shared::values::Amount;
use crate::shared::{Errors, Krate};
use proc_macro2::{Group, Span};
use syn::{LitStr, Path};

/// A valid tree.
pub(super) struct Tree {
    pub(super) krate: Krate,
    pub(super) mem: Amount,
    pub(super) strategy: &'static str,
    pub(super) name: Option<LitStr>,
    pub(super) setup: Option<Path>,
    pub(super) daemons: Vec<Node>,
    pub(super) rings: Vec<Wire>,
    pub(super) subscriptions: Vec<Subscription>,
}

/// A ring between daemons that exist, by their place in the list. Where a name is several daemons', of which `cfg`
/// leaves one, there are as many wires.
pub(super) struct Wire {
    pub(super) ring: Ring,
    pub(super) ends: Vec<(usize, usize)>,
}

/// The words for what happens to the others when a daemon dies; the first is the default.
const STRATEGIES: [(&str, &str); 3] =
    [("one_for_one", "OneForOne"), ("one_for_all", "OneForAll"), ("rest_for_one", "RestForOne")];

pub(super) fn validate(sections: &Sections, errors: &mut Errors) -> Option<Tree> {
    let krate = Krate::new(sections.value("crate").and_then(|entry| entry.path(errors)));
    for (section, why) in [
        ("mem", "the root's memory needs a ceiling, such as `mem = \"8MiB\";`"),
        ("daemons", "list what is to run, such as `daemons: [Gateway, Ledger];`"),
    ] {
        if !sections.mentions(section) {
            errors.at(Span::call_site(), format!("section `{section}` is missing: {why}"));
        }
    }
    let mem = sections.value("mem").and_then(|entry| entry.size(errors));
    let strategy = sections.value("strategy").and_then(|entry| entry.choice(&STRATEGIES, errors));
    let name = sections.value("name").and_then(|entry| entry.text(errors));
    let name = name.filter(|name| check_name(name, errors));
    let setup = sections.value("setup").and_then(|entry| entry.path(errors));
    let daemons = daemons::check(sections.list("daemons")?, errors);
    let rings = sections.list("rings").map_or_else(Vec::new, |list| check_rings(list, &daemons, errors));
    let subscriptions = sections
        .list("subscriptions")
        .map_or_else(Vec::new, |list| subscriptions::check(list, &daemons, errors));
    Some(Tree {
        krate,
        mem: mem?,
        strategy: strategy.unwrap_or(STRATEGIES[0].1),
        name,
        setup,
        daemons: daemons.nodes,
        rings,
        subscriptions,
    })
}

/// The name becomes part of file names.
fn check_name(name: &LitStr, errors: &mut Errors) -> bool {
    let text = name.value();
    let valid = !text.is_empty()
        && text.len() <= 32
        && !text.starts_with(['.', '-'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !valid {
        errors.on(name, "a name has 1 to 32 letters, digits, `-`, `_` or `.`, for it is part of file names: such as \"shop\"");
    }
    valid
}

fn check_rings(list: &Group, daemons: &Daemons, errors: &mut Errors) -> Vec<Wire> {
    let mut wires: Vec<Wire> = Vec::new();
    for piece in options::split(list.stream(), ',') {
        if piece.tokens.is_empty() {
            continue;
        }
        for ring in rings::parse(piece.tokens, errors) {
            wires.extend(check_ring(ring, daemons, &wires, errors));
        }
    }
    wires
}

fn check_ring(ring: Ring, daemons: &Daemons, wires: &[Wire], errors: &mut Errors) -> Option<Wire> {
    let from = daemons.find(&ring.from.daemon, errors);
    if ring.from.daemon == ring.to.daemon {
        let name = shown(&ring.to.daemon);
        if !from.is_empty() {
            errors.on(
                &ring.to,
                format!("a ring connects two daemons, and both ends are `{name}`'s: keep such data in a field of `{name}`"),
            );
        }
        return None;
    }
    let to = daemons.find(&ring.to.daemon, errors);
    let twice = |end: &End, producer: bool| {
        // A producer may have several consumers. Of rings under `cfg`, the runtime's constants see whether both are
        // there.
        wires.iter().any(|wire| {
            let (from, to) = (wire.ring.from.is(end), wire.ring.to.is(end));
            ring.cfgs.is_empty() && wire.ring.cfgs.is_empty() && (from && !producer || to)
        })
    };
    for (end, producer) in [(&ring.from, true), (&ring.to, false)] {
        if twice(end, producer) {
            errors.on(
                end,
                format!(
                    "`{}` is an end of another ring already: give each ring a field of its own",
                    end.shown()
                ),
            );
        }
    }
    let ends = from.iter().flat_map(|from| to.iter().map(|to| (*from, *to))).collect();
    Some(Wire { ring, ends })
}

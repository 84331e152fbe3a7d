//! Sections to a tree: every name is known, every end wired once.

use super::parse::{Sections, shown};
use super::rings::{self, End, Ring};
use crate::shared::options;
use crate::shared::values::Amount;
use crate::shared::{Errors, Krate, suggest};
use proc_macro2::{Group, Ident, Span};
use syn::parse::Parser;
use syn::{LitStr, Path};

/// A valid tree.
pub(super) struct Tree {
    pub(super) krate: Krate,
    pub(super) mem: Amount,
    pub(super) name: Option<LitStr>,
    pub(super) setup: Option<Path>,
    pub(super) daemons: Vec<Path>,
    pub(super) rings: Vec<Wire>,
}

/// A ring between daemons that exist, by their place in the list.
pub(super) struct Wire {
    pub(super) ring: Ring,
    pub(super) from: usize,
    pub(super) to: usize,
}

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
    if let Some(entry) = sections.value("strategy") {
        entry.choice(&[("one_for_one", ())], errors);
    }
    let name = sections.value("name").and_then(|entry| entry.text(errors));
    let name = name.filter(|name| check_name(name, errors));
    let setup = sections.value("setup").and_then(|entry| entry.path(errors));
    let daemons = sections.list("daemons").and_then(|list| check_daemons(list, errors))?;
    let rings = sections.list("rings").map_or_else(Vec::new, |list| check_rings(list, &daemons, errors));
    Some(Tree { krate, mem: mem?, name, setup, daemons, rings })
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

fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}

/// `None` if nothing can be said about rings.
fn check_daemons(list: &Group, errors: &mut Errors) -> Option<Vec<Path>> {
    let mut daemons: Vec<Path> = Vec::new();
    let mut sound = true;
    for piece in options::split(list.stream(), ',') {
        if piece.tokens.is_empty() {
            continue;
        }
        let Ok(path) = Path::parse_mod_style.parse2(piece.tokens.clone()) else {
            errors.on(piece.tokens, "expected the path of a daemon, such as `Ledger` or `bank::Ledger`");
            sound = false;
            continue;
        };
        match daemons.iter().find(|other| last(other) == last(&path)) {
            Some(same) if *same == path => errors.on(&path, "this daemon is listed twice: remove one; each runs once"),
            Some(_) => errors.on(
                &path,
                "another daemon has this name too, and rings and tools could not tell them apart: rename one of the structs",
            ),
            None => daemons.push(path),
        }
    }
    if daemons.is_empty() && sound {
        errors.at(list.span(), "no daemon is listed: a tree runs one at least, such as `daemons: [Ledger];`");
        sound = false;
    }
    sound.then_some(daemons)
}

fn check_rings(list: &Group, daemons: &[Path], errors: &mut Errors) -> Vec<Wire> {
    let mut wires: Vec<Wire> = Vec::new();
    for piece in options::split(list.stream(), ',') {
        if piece.tokens.is_empty() {
            continue;
        }
        let Some(ring) = rings::parse(piece.tokens, errors) else {
            continue;
        };
        let (from, to) = (find(&ring.from, daemons, errors), find(&ring.to, daemons, errors));
        if ring.from.daemon == ring.to.daemon {
            let name = shown(&ring.to.daemon);
            errors.on(
                &ring.to,
                format!("a ring connects two daemons, and both ends are `{name}`'s: keep such data in a field of `{name}`"),
            );
            continue;
        }
        for end in [&ring.from, &ring.to] {
            if wires.iter().any(|wire| wire.ring.from.is(end) || wire.ring.to.is(end)) {
                errors.on(
                    end,
                    format!(
                        "`{}` is an end of another ring already: give each ring a field of its own",
                        end.shown()
                    ),
                );
            }
        }
        if let (Some(from), Some(to)) = (from, to) {
            wires.push(Wire { ring, from, to });
        }
    }
    wires
}

fn find(end: &End, daemons: &[Path], errors: &mut Errors) -> Option<usize> {
    let found = daemons.iter().position(|path| last(path) == Some(&end.daemon));
    if found.is_none() {
        let names: Vec<String> = daemons.iter().filter_map(last).map(shown).collect();
        let names = || names.iter().map(String::as_str);
        let name = shown(&end.daemon);
        let hint = suggest::hint(&name, names());
        errors.at(
            end.span(),
            format!("no daemon `{name}` in `daemons`{hint} (listed: {})", suggest::list(names())),
        );
    }
    found
}

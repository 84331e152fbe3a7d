//! The list of daemons: `Ledger (depends_on = [Gateway])`, in an order in which each can be started.

use super::parse::shown;
use crate::shared::options;
use crate::shared::values::{self, Known};
use crate::shared::{Errors, suggest};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Path};

const KNOWN: [Known; 1] =
    [Known { name: "depends_on", expects: "a list of daemons in brackets, such as `[Gateway]`" }];

/// A daemon that runs, with what must be ready before it is started.
pub(super) struct Node {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) path: Path,
    pub(super) after: Vec<Dependency>,
}

/// A daemon that another one needs.
pub(super) struct Dependency {
    pub(super) cfgs: Vec<Attribute>,
    /// Its place in the list.
    pub(super) on: usize,
    /// Where the other says so.
    pub(super) span: Span,
}

/// All daemons of the list.
#[derive(Default)]
pub(super) struct Daemons {
    pub(super) nodes: Vec<Node>,
    /// Some entry is none: it may be the one that a name means.
    partial: bool,
}

/// The last segment of a path, by which daemons are known.
pub(super) fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}

impl Daemons {
    /// The places of the daemons `name` in the list: several where `cfg` leaves one of them. If there is none, that
    /// is reported.
    pub(super) fn find(&self, name: &Ident, errors: &mut Errors) -> Vec<usize> {
        let names: Vec<&Ident> = self.nodes.iter().filter_map(|node| last(&node.path)).collect();
        let found: Vec<usize> = (0..names.len()).filter(|i| names[*i] == name).collect();
        if found.is_empty() && !self.partial {
            let names: Vec<String> = names.into_iter().map(shown).collect();
            let names = || names.iter().map(String::as_str);
            let wanted = shown(name);
            let hint = suggest::hint(&wanted, names());
            errors.at(
                name.span(),
                format!("no daemon `{wanted}` in `daemons`{hint} (listed: {})", suggest::list(names())),
            );
        }
        found
    }
}

/// Entries that are none are reported and left out.
pub(super) fn check(list: &Group, errors: &mut Errors) -> Daemons {
    let mut daemons = Daemons::default();
    let mut needs = Vec::new();
    for piece in options::split(list.stream(), ',') {
        if piece.tokens.is_empty() {
            continue;
        }
        let Some((node, after)) = parse(piece.tokens, errors) else {
            daemons.partial = true;
            continue;
        };
        // Of entries under `cfg`, the runtime's constants see whether both are there.
        let same = |other: &&Node| other.cfgs.is_empty() && last(&other.path) == last(&node.path);
        match daemons.nodes.iter().find(same).filter(|_| node.cfgs.is_empty()) {
            Some(same) if same.path == node.path => {
                errors.on(&node.path, "this daemon is listed twice: remove one; each runs once");
            }
            Some(_) => errors.on(
                &node.path,
                "another daemon has this name too, and rings and tools could not tell them apart: rename one of the structs",
            ),
            None => {
                daemons.nodes.push(node);
                needs.push(after);
            }
        }
    }
    if daemons.nodes.is_empty() && !daemons.partial {
        errors.at(list.span(), "no daemon is listed: a tree runs one at least, such as `daemons: [Ledger];`");
        daemons.partial = true;
    }
    for (of, needs) in needs.into_iter().enumerate() {
        daemons.nodes[of].after = dependencies(of, needs, &daemons, errors);
    }
    super::circles::check(&daemons.nodes, errors);
    daemons
}

/// A path under attributes.
type Entry = (Vec<Attribute>, Path);

/// A daemon and the list of what it depends on, as written.
fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<(Node, Vec<Entry>)> {
    let (cfgs, tokens) = cfgs(tokens, errors);
    let daemon = |input: ParseStream<'_>| {
        let path = Path::parse_mod_style(input)?;
        let options: TokenStream = if input.peek(syn::token::Paren) {
            let inner;
            syn::parenthesized!(inner in input);
            inner.parse()?
        } else {
            TokenStream::new()
        };
        Ok((path, options, input.parse::<TokenStream>()?))
    };
    let Ok((path, given, rest)) = daemon.parse2(tokens.clone()) else {
        errors.on(tokens, "expected the path of a daemon: `Ledger` or `bank::Ledger`, without quotes");
        return None;
    };
    if !rest.is_empty() {
        errors.on(rest, "expected `,` or `(depends_on = [Gateway])` after a daemon");
        return None;
    }
    let given = options::parse(given, const { &KNOWN }, errors);
    let needs = given.get("depends_on").map_or_else(Vec::new, |entry| names(entry, errors));
    Some((Node { cfgs, path, after: Vec::new() }, needs))
}

/// The `cfg`s that an entry of a list begins with, and what follows them. Other attributes are reported.
pub(super) fn cfgs(tokens: TokenStream, errors: &mut Errors) -> (Vec<Attribute>, TokenStream) {
    let split =
        |input: ParseStream<'_>| Ok((input.call(Attribute::parse_outer)?, input.parse::<TokenStream>()?));
    let Ok((attributes, rest)) = split.parse2(tokens.clone()) else {
        return (Vec::new(), tokens);
    };
    let (cfgs, others): (Vec<_>, Vec<_>) = attributes
        .into_iter()
        .partition(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"));
    for attr in others {
        errors.on(
            attr,
            "only `cfg` may stand on an entry of a list, such as `#[cfg(feature = \"audit\")]`: remove this",
        );
    }
    (cfgs, rest)
}

/// The paths in a list in brackets; what is none is reported and left out.
fn names(entry: &values::Entry, errors: &mut Errors) -> Vec<Entry> {
    let mut trees = entry.value().clone().into_iter();
    let list = match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Bracket => group.stream(),
        _ => {
            entry.mismatch(errors);
            return Vec::new();
        }
    };
    let pieces = options::split(list, ',').into_iter().filter(|piece| !piece.tokens.is_empty());
    let paths = pieces.filter_map(|piece| {
        let (cfgs, tokens) = cfgs(piece.tokens, errors);
        let path = Path::parse_mod_style.parse2(tokens.clone()).ok();
        if path.is_none() {
            errors.on(tokens, "expected a daemon of the list: `Gateway`, without quotes");
        }
        Some((cfgs, path?))
    });
    paths.collect()
}

/// What daemon `of` depends on, by place.
fn dependencies(of: usize, needs: Vec<Entry>, daemons: &Daemons, errors: &mut Errors) -> Vec<Dependency> {
    let mut after: Vec<Dependency> = Vec::new();
    for (cfgs, path) in needs {
        let Some(name) = last(&path) else { continue };
        let found = daemons.find(name, errors);
        if last(&daemons.nodes[of].path) == Some(name) {
            errors.on(
                &path,
                format!("`{}` depends on itself, so it could never start: remove this", shown(name)),
            );
            continue;
        }
        let twice =
            |other: &Dependency| other.cfgs.is_empty() && cfgs.is_empty() && found.contains(&other.on);
        if after.iter().any(twice) {
            errors.on(&path, format!("`{}` is in this list twice: remove one", shown(name)));
            continue;
        }
        let span = name.span();
        after.extend(found.into_iter().map(|on| {
            // Where the other daemon is not, nobody waits for it.
            let cfgs = cfgs.iter().chain(&daemons.nodes[on].cfgs).cloned().collect();
            Dependency { cfgs, on, span }
        }));
    }
    after
}

//! The list of daemons: `Ledger (depends_on = [Gateway])`, in an order in which each can be started.

use super::parse::shown;
use crate::shared::options;
use crate::shared::values::{Entry, Known};
use crate::shared::{Errors, suggest};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::Path;
use syn::parse::{ParseStream, Parser};

const KNOWN: [Known; 1] =
    [Known { name: "depends_on", expects: "a list of daemons in brackets, such as `[Gateway]`" }];

/// A daemon that runs, with what must be ready before it is started.
pub(super) struct Node {
    pub(super) path: Path,
    pub(super) after: Vec<Dependency>,
}

/// A daemon that another one needs.
pub(super) struct Dependency {
    /// Its place in the list.
    pub(super) on: usize,
    /// Where the other says so.
    span: Span,
}

/// The last segment of a path, by which daemons are known.
pub(super) fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}

/// The place of the daemon `name` in the list; if it is not there, that is reported.
pub(super) fn find<'a>(
    name: &Ident,
    daemons: impl IntoIterator<Item = &'a Path>,
    errors: &mut Errors,
) -> Option<usize> {
    let names: Vec<&Ident> = daemons.into_iter().filter_map(last).collect();
    let found = names.iter().position(|daemon| *daemon == name);
    if found.is_none() {
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

/// `None` if nothing can be said about what refers to the daemons.
pub(super) fn check(list: &Group, errors: &mut Errors) -> Option<Vec<Node>> {
    let mut daemons: Vec<(Path, Vec<Path>)> = Vec::new();
    let mut sound = true;
    for piece in options::split(list.stream(), ',') {
        if piece.tokens.is_empty() {
            continue;
        }
        let Some((path, needs)) = parse(piece.tokens, errors) else {
            sound = false;
            continue;
        };
        match daemons.iter().find(|(other, _)| last(other) == last(&path)) {
            Some((same, _)) if *same == path => errors.on(&path, "this daemon is listed twice: remove one; each runs once"),
            Some(_) => errors.on(
                &path,
                "another daemon has this name too, and rings and tools could not tell them apart: rename one of the structs",
            ),
            None => daemons.push((path, needs)),
        }
    }
    if daemons.is_empty() && sound {
        errors.at(list.span(), "no daemon is listed: a tree runs one at least, such as `daemons: [Ledger];`");
        sound = false;
    }
    if !sound {
        return None;
    }
    let after: Vec<Vec<Dependency>> =
        (0..daemons.len()).map(|of| dependencies(of, &daemons, errors)).collect();
    let nodes =
        daemons.into_iter().zip(after).map(|((path, _), after)| Node { path, after }).collect::<Vec<_>>();
    check_cycles(&nodes, errors);
    Some(nodes)
}

/// A daemon and the list of what it depends on, as written.
fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<(Path, Vec<Path>)> {
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
        errors.on(tokens, "expected the path of a daemon, such as `Ledger` or `bank::Ledger`");
        return None;
    };
    if !rest.is_empty() {
        errors.on(rest, "expected `,` or `(depends_on = [Gateway])` after a daemon");
        return None;
    }
    let given = options::parse(given, const { &KNOWN }, errors);
    let needs = given.get("depends_on").map_or_else(Vec::new, |entry| names(entry, errors));
    Some((path, needs))
}

/// The paths in a list in brackets; what is none is reported and left out.
fn names(entry: &Entry, errors: &mut Errors) -> Vec<Path> {
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
        let path = Path::parse_mod_style.parse2(piece.tokens.clone()).ok();
        if path.is_none() {
            errors.on(piece.tokens, "expected a daemon of the list, such as `Gateway`");
        }
        path
    });
    paths.collect()
}

/// What daemon `of` depends on, by place.
fn dependencies(of: usize, daemons: &[(Path, Vec<Path>)], errors: &mut Errors) -> Vec<Dependency> {
    let mut after: Vec<Dependency> = Vec::new();
    for path in &daemons[of].1 {
        let Some(name) = last(path) else { continue };
        let Some(on) = find(name, daemons.iter().map(|(path, _)| path), errors) else { continue };
        if on == of {
            errors.on(
                path,
                format!("`{}` depends on itself, so it could never start: remove this", shown(name)),
            );
        } else if after.iter().any(|other| other.on == on) {
            errors.on(path, format!("`{}` is in this list twice: remove one", shown(name)));
        } else {
            after.push(Dependency { on, span: name.span() });
        }
    }
    after
}

/// Takes away what can be started until nothing is left, or a circle; each is reported once, whole.
fn check_cycles(nodes: &[Node], errors: &mut Errors) {
    let mut done = vec![false; nodes.len()];
    loop {
        let ready = |i: usize, done: &[bool]| !done[i] && nodes[i].after.iter().all(|other| done[other.on]);
        while let Some(i) = (0..nodes.len()).find(|i| ready(*i, &done)) {
            done[i] = true;
        }
        let Some(first) = done.iter().position(|done| !done) else { return };
        // Each of those left waits for another one left: going from one to the next ends in a circle.
        let mut way = vec![first];
        let circle = loop {
            let next = nodes[way[way.len() - 1]].after.iter().find(|other| !done[other.on]);
            let Some(next) = next else { return };
            if let Some(start) = way.iter().position(|i| *i == next.on) {
                break way.split_off(start);
            }
            way.push(next.on);
        };
        report(&circle, nodes, errors);
        for i in circle {
            done[i] = true;
        }
    }
}

/// Reports a circle from the daemon on that is listed first.
fn report(circle: &[usize], nodes: &[Node], errors: &mut Errors) {
    let start = (0..circle.len()).min_by_key(|i| circle[*i]).unwrap_or(0);
    let (back, front) = circle.split_at(start);
    let order: Vec<usize> = front.iter().chain(back).copied().collect();
    let [first, rest @ ..] = order.as_slice() else { return };
    let second = rest.first().unwrap_or(first);
    let span = nodes[*first].after.iter().find(|other| other.on == *second).map(|other| other.span);
    let name = |i: &usize| last(&nodes[*i].path).map_or_else(String::new, shown);
    let names: Vec<String> = order.iter().chain([first]).map(name).collect();
    errors.at(
        span.unwrap_or_else(Span::call_site),
        format!(
            "these daemons wait for each other, so none of them could start: {}; remove one of the dependencies",
            names.join(" -> ")
        ),
    );
}

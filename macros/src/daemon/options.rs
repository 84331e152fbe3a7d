//! The values of `#[daemon(…)]`, each of the right type, and all of them together.

use super::conflicts;
use crate::shared::Errors;
use crate::shared::options::Entries;
use crate::shared::values::{Amount, Entry};
use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use syn::{LitInt, Path};

/// The options with values of the right type.
pub(super) struct Options {
    pub(super) mem: Amount,
    /// `heap`, `scratch`, `record`, `history`, as far as given.
    pub(super) sizes: Vec<(&'static str, Amount)>,
    pub(super) restart: Option<&'static str>,
    /// The word `decide`.
    pub(super) decide: Option<Span>,
    pub(super) validate: Option<Path>,
    pub(super) kind: Option<&'static str>,
    /// `resumes`, `rollbacks`, `max_restarts`, as far as given.
    pub(super) counts: Vec<(&'static str, u32)>,
    pub(super) escalation: Option<Escalation>,
    /// Durations that have a default, as far as given.
    pub(super) times: Vec<(&'static str, Amount)>,
    /// Durations that default to none, as far as given.
    pub(super) limits: Vec<(&'static str, Amount)>,
}

/// What happens when restarting does not help.
#[derive(Clone, Copy)]
pub(super) enum Escalation {
    /// Stop with the runtime's own exit code, which is the default.
    Stop,
    StopWith(u8),
    Reset,
    Abandon,
}

/// What stands in for a missing `mem`.
const SOME_MEM: u64 = 1 << 30;

const RESTARTS: [(&str, &str); 3] = [("resume", "Resume"), ("reset", "Reset"), ("decide", "Decide")];
const KINDS: [(&str, &str); 3] =
    [("permanent", "Permanent"), ("transient", "Transient"), ("temporary", "Temporary")];
const ESCALATIONS: [(&str, Escalation); 4] = [
    ("stop", Escalation::Stop),
    ("stop(17)", Escalation::StopWith(17)),
    ("reset", Escalation::Reset),
    ("abandon", Escalation::Abandon),
];

pub(super) fn check(given: &Entries, daemon: &Ident, errors: &mut Errors) -> Options {
    let mem = given.get("mem").and_then(|entry| entry.size(errors));
    if !given.mentions("mem") {
        errors.at(
            daemon.span(),
            format!("daemon `{daemon}` needs a ceiling for its memory: `#[daemon(mem = \"4MiB\")]`"),
        );
    }
    let mut sizes = Vec::new();
    for key in ["heap", "scratch", "record", "history"] {
        sizes.extend(given.get(key).and_then(|entry| entry.size(errors)).map(|size| (key, size)));
    }
    let mut counts = Vec::new();
    for key in ["resumes", "rollbacks", "max_restarts"] {
        counts.extend(given.get(key).and_then(|entry| entry.count(errors)).map(|count| (key, count)));
    }
    let mut times = Vec::new();
    if let Some(entry) = given.get("within") {
        let remedy = "give the period in which restarts are counted, such as \"10s\"";
        times.extend(entry.positive(remedy, errors).map(|time| ("within", time)));
    }
    for key in ["backoff", "max_backoff", "stop_timeout"] {
        times.extend(given.get(key).and_then(|entry| entry.duration(errors)).map(|time| (key, time)));
    }
    let mut limits = Vec::new();
    for (key, remedy) in [
        (
            "healthy_after",
            "give the age at which an incarnation is healthy, such as \"10s\", or leave it out",
        ),
        ("watchdog", "give the longest silence, such as \"2s\", or leave it out for no watchdog"),
        ("start_timeout", "give the longest start, such as \"10s\", or leave it out for no limit"),
    ] {
        limits
            .extend(given.get(key).and_then(|entry| entry.positive(remedy, errors)).map(|time| (key, time)));
    }
    let restart =
        given.get("restart").and_then(|entry| Some((entry.choice(&RESTARTS, errors)?, entry.span())));
    let options = Options {
        mem: mem.unwrap_or(Amount { value: SOME_MEM, span: daemon.span() }),
        sizes,
        restart: restart.map(|(restart, _)| restart),
        decide: restart.filter(|(restart, _)| *restart == "Decide").map(|(_, span)| span),
        validate: given.get("validate").and_then(|entry| entry.path(errors)),
        kind: given.get("kind").and_then(|entry| entry.choice(&KINDS, errors)),
        counts,
        escalation: given.get("escalation").and_then(|entry| escalation(entry, errors)),
        times,
        limits,
    };
    conflicts::check(given, &options, errors);
    options
}

/// `stop`, `stop(17)`, `reset`, `abandon`.
fn escalation(entry: &Entry, errors: &mut Errors) -> Option<Escalation> {
    let trees: Vec<TokenTree> = entry.value().clone().into_iter().collect();
    let [TokenTree::Ident(word), TokenTree::Group(group)] = trees.as_slice() else {
        return entry.choice(&ESCALATIONS, errors);
    };
    if word != "stop" || group.delimiter() != Delimiter::Parenthesis {
        entry.mismatch(errors);
        return None;
    }
    let code = syn::parse2::<LitInt>(group.stream()).ok().filter(|code| code.suffix().is_empty());
    let code = code.and_then(|code| code.base10_parse().ok());
    if code.is_none() {
        errors.on(
            entry.value(),
            "`escalation = stop(…)` takes an exit code, which is a number from 0 to 255: `stop(17)`",
        );
    }
    code.map(Escalation::StopWith)
}

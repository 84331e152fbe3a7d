//! Options that are right each for itself and wrong together.

use super::options::Options;
use crate::shared::options::Entries;
use crate::shared::values::Amount;
use crate::shared::{Errors, suggest};

/// The runtime's defaults in nanoseconds.
pub(super) const BACKOFF: u64 = 10_000_000;
pub(super) const MAX_BACKOFF: u64 = 30_000_000_000;

/// What only speaks of how a daemon is started again.
const RESTARTING: [&str; 9] = [
    "restart",
    "resumes",
    "rollbacks",
    "max_restarts",
    "within",
    "escalation",
    "backoff",
    "max_backoff",
    "healthy_after",
];
const LADDER: [&str; 2] = ["resumes", "rollbacks"];

pub(super) fn check(given: &Entries, options: &Options, errors: &mut Errors) {
    let idle = if options.kind == Some("Temporary") {
        useless(given, &RESTARTING, "`kind = temporary`: such a daemon is never started again", errors)
    } else if options.restart == Some("Reset") {
        useless(given, &LADDER, "`restart = reset`, which begins from all-zero state at once", errors)
    } else {
        false
    };
    if !idle {
        check_backoff(options, errors);
    }
}

/// Reports the options of `names` that are given, all of them as one mistake.
fn useless(given: &Entries, names: &[&'static str], because: &str, errors: &mut Errors) -> bool {
    let entries: Vec<_> = names.iter().filter_map(|name| given.get(name)).collect();
    let [first, others @ ..] = entries.as_slice() else { return false };
    let verb = if others.is_empty() { "has" } else { "have" };
    let list = suggest::list(entries.iter().map(|entry| entry.name()));
    errors.on(first.value(), format!("{list} {verb} no effect with {because}; remove one or the other"));
    true
}

/// The shortest wait must not be longer than the longest.
fn check_backoff(options: &Options, errors: &mut Errors) {
    let time = |name| options.times.iter().find(|(key, _)| *key == name).map(|(_, time)| *time);
    let (first, most) = (time("backoff"), time("max_backoff"));
    let value = |time: Option<Amount>, default| time.map_or(default, |time| time.value);
    if value(first, BACKOFF) <= value(most, MAX_BACKOFF) {
        return;
    }
    match (first, most) {
        (Some(first), Some(_)) => errors
            .at(first.span, "`backoff`, the first wait, is longer than `max_backoff`, the longest: lower it, or raise `max_backoff`"),
        (Some(first), None) => errors.at(
            first.span,
            "`backoff`, the first wait, is longer than `max_backoff`, the longest, which is \"30s\" where it is not given: give both",
        ),
        (None, Some(most)) => errors.at(
            most.span,
            "`max_backoff`, the longest wait, is shorter than `backoff`, the first, which is \"10ms\" where it is not given: give both",
        ),
        (None, None) => {}
    }
}

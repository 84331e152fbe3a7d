//! How generated code calls the functions that `#[daemon(restart = decide, validate = …)]` names: the types of the
//! parameters make rustc say which signature it expects, at the option.

use crate::daemon::{Decision, Error, Incident};
use crate::state::State;
use core::fmt::Display;

/// Calls the function that `validate` names.
///
/// # Errors
/// What it returned.
pub fn validated<S: State, E: Display>(
    check: fn(&S::Ref<'_>) -> Result<(), E>,
    state: &S::Ref<'_>,
) -> Result<(), Error> {
    check(state).map_err(Error::new)
}

/// Calls the function `decide` of a daemon with `restart = decide`.
pub fn decided<S: State>(
    decide: fn(&Incident<'_, S>) -> Decision,
    incident: &Incident<'_, S>,
) -> Option<Decision> {
    Some(decide(incident))
}

/// Implemented by nothing: says what is missing.
#[diagnostic::on_unimplemented(
    message = "daemon `{Self}` has no function `decide`, which `restart = decide` calls",
    label = "no `{Self}::decide`",
    note = "write `impl {Self} {{ fn decide(incident: &Incident<'_, Self>) -> Decision {{ … }} }}`, or leave `restart` out"
)]
pub trait Decides {}

/// What `Ledger::decide` means where the daemon has no such function of its own, which goes before a trait's.
pub trait DecideMissing: State {
    /// Never called.
    fn decide(_: &Incident<'_, Self>) -> Decision
    where
        Self: Decides,
    {
        Decision::Resume
    }
}

impl<S: State> DecideMissing for S {}

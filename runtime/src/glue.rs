//! How generated code calls the functions that `#[daemon(restart = decide, validate = …)]` names: the types of the
//! parameters make rustc say which signature it expects, at the option.

use crate::daemon::{Decision, Error, Incident};
use crate::state::State;
use core::fmt::Display;

/// Calls the function that `validate` names. Its error may borrow from the state, as an `impl Display` does.
///
/// # Errors
/// What it returned.
pub fn validated<'a, 'b, S: State, E: Display>(
    check: fn(&'a S::Ref<'b>) -> Result<(), E>,
    state: &'a S::Ref<'b>,
) -> Result<(), Error> {
    check(state).map_err(Error::new)
}

/// What a daemon with `restart = decide` implements: outside of `State`, whose own `decide` its body would find.
pub trait Decider: State {
    /// Calls the function `decide`.
    fn decision(incident: &Incident<'_, Self>) -> Decision;
}

/// Calls the function `decide`.
pub fn decided<'a, 'b, S: State>(
    decide: fn(&'a Incident<'b, S>) -> Decision,
    incident: &'a Incident<'b, S>,
) -> Decision {
    decide(incident)
}

/// Implemented by nothing: says what is missing.
#[diagnostic::on_unimplemented(
    message = "daemon `{Self}` has no function `decide`, which `restart = decide` calls",
    label = "no `{Self}::decide`",
    note = "write `impl {Self} {{ fn decide(incident: &Incident<'_, Self>) -> Decision {{ … }} }}`, or leave `restart` out"
)]
pub trait Decides {}

/// What `Ledger::decide` means where the daemon has no such function of its own, which would go before a trait's.
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

//! How generated code calls the functions that `#[daemon(restart = decide, validate = …)]` names: whatever their
//! signature, so that traits compare it with what is needed, and say in words what is wrong, at the option.

use crate::daemon::{Decision, Error, Incident};
use crate::state::State;
use core::fmt::Display;

/// Calls the function that `validate` names. Its error may borrow from the state, as an `impl Display` does.
///
/// # Errors
/// What it returned.
pub fn validated<'a, 'b, S, F, A, R>(check: F, state: &'a S::Ref<'b>) -> Result<(), Error>
where
    S: State,
    F: FnOnce(A) -> R,
    A: TakesState<S, &'a S::Ref<'b>>,
    R: Verdict<S>,
{
    check(A::from(state)).verdict()
}

/// What the function that `validate` names takes: `T`, and nothing else.
#[diagnostic::on_unimplemented(
    message = "`validate` calls a function that takes `{Self}`, not `{T}`",
    label = "takes `{Self}`",
    note = "write `fn check(state: &{S}Ref<'_>) -> Result<(), E>`"
)]
pub trait TakesState<S, T> {
    /// The same value.
    fn from(value: T) -> Self;
}

impl<S, T> TakesState<S, T> for T {
    fn from(value: T) -> Self {
        value
    }
}

/// What the function that `validate` names returns.
#[diagnostic::on_unimplemented(
    message = "`validate` calls a function that returns `{Self}`, not whether the state of `{S}` is right",
    label = "returns `{Self}`",
    note = "write `fn check(state: &{S}Ref<'_>) -> Result<(), E>`: `Err` says what is wrong with the state"
)]
pub trait Verdict<S> {
    /// The error as its text.
    ///
    /// # Errors
    /// What is wrong.
    fn verdict(self) -> Result<(), Error>;
}

impl<S, E: Explains> Verdict<S> for Result<(), E> {
    fn verdict(self) -> Result<(), Error> {
        self.map_err(Error::new)
    }
}

/// An error that says what is wrong with a state.
#[diagnostic::on_unimplemented(
    message = "`validate` calls a function whose error `{Self}` cannot say what is wrong with the state",
    label = "its error has no text",
    note = "implement `Display` for `{Self}`, or return `&'static str` or `Error`, such as `Err(\"negative total\")`"
)]
pub trait Explains: Display {}
#[diagnostic::do_not_recommend]
impl<E: Display> Explains for E {}

/// What a daemon with `restart = decide` implements: outside of `State`, whose own `decide` its body would find.
pub trait Decider: State {
    /// Calls the function `decide`.
    fn decision(incident: &Incident<'_, Self>) -> Decision;
}

/// Calls the function `decide`.
pub fn decided<'a, 'b, S, F, A, R>(decide: F, incident: &'a Incident<'b, S>) -> Decision
where
    S: State,
    F: FnOnce(A) -> R,
    A: TakesIncident<&'a Incident<'b, S>>,
    R: Judges,
{
    decide(A::from(incident)).decision()
}

/// What `decide` takes: `T`, and nothing else.
#[diagnostic::on_unimplemented(
    message = "`restart = decide` calls a function `decide` that takes `{Self}`, not `&Incident<'_, Self>`",
    label = "takes `{Self}`",
    note = "write `fn decide(incident: &Incident<'_, Self>) -> Decision`"
)]
pub trait TakesIncident<T> {
    /// The same value.
    fn from(value: T) -> Self;
}

impl<T> TakesIncident<T> for T {
    fn from(value: T) -> Self {
        value
    }
}

/// What `decide` returns.
#[diagnostic::on_unimplemented(
    message = "`restart = decide` calls a function `decide` that returns `{Self}`, not a `Decision`",
    label = "returns `{Self}`",
    note = "write `fn decide(incident: &Incident<'_, Self>) -> Decision`; where there is nothing to decide, `Decision::Resume` goes on"
)]
pub trait Judges {
    /// The same value.
    fn decision(self) -> Decision;
}

impl Judges for Decision {
    fn decision(self) -> Decision {
        self
    }
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

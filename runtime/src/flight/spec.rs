//! What `#[transaction(…)]` said, as a constant.

use crate::state::{FieldInfo, FieldSet, Message, fingerprint};
use core::time::Duration;

/// The most bytes that a result may take in a slot.
pub const RESULT: usize = 2048;
/// The most bytes that a result may take in an answer.
pub const ANSWER: usize = 256;

/// A transaction's constants.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The function's name.
    pub name: &'static str,
    /// Identifies name and result type, for answers.
    pub task: u64,
    /// The longest that an attempt may take.
    pub timeout: Option<Duration>,
    /// Attempts after the first, when the process crashed, was killed or timed out.
    pub retries: u32,
    /// Wait before the first retry; it doubles with each.
    pub backoff: Duration,
    /// Fields borrowed shared.
    pub shared: FieldSet,
    /// Fields borrowed exclusively.
    pub exclusive: FieldSet,
}

/// A `Result` as a transaction returns it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a transaction returns",
    label = "not a `Result<T, E>`",
    note = "return `Result<T, E>`: `Ok` commits what changed, `Err` discards it"
)]
pub trait TaskResult {
    /// The type of success.
    type Ok: Message;
    /// The type of the task's own errors.
    type Err: Message;
}

impl<T: Message, E: Message> TaskResult for Result<T, E> {
    type Ok = T;
    type Err = E;
}

impl Spec {
    /// For function `name` over the named fields of `table`; `result` are the fingerprints of its result.
    pub const fn new(
        name: &'static str,
        table: &[FieldInfo],
        shared: &[&str],
        exclusive: &[&str],
        result: [u64; 2],
    ) -> Self {
        Self {
            name,
            task: fingerprint(name, &result),
            timeout: None,
            retries: 0,
            backoff: Duration::ZERO,
            shared: FieldSet::named(table, shared),
            exclusive: FieldSet::named(table, exclusive),
        }
    }
}

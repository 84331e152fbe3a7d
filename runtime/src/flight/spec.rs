//! What `#[transaction(…)]` said, as a constant.

use crate::konst::Words;
use crate::state::{FieldSet, Message, fingerprint};
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
    /// For a function that returns `R`; borrows nothing yet.
    ///
    /// # Panics
    /// While compiling, if the result has no room in a slot.
    #[track_caller]
    pub const fn returning<R: TaskResult>(name: &'static str) -> Self {
        Self::with_room::<R>(name, RESULT, "a slot", "")
    }

    /// For a function with a request id, whose answer is kept with its effects.
    ///
    /// # Panics
    /// While compiling, if the result has no room in an answer.
    #[track_caller]
    pub const fn answering<R: TaskResult>(name: &'static str) -> Self {
        Self::with_room::<R>(name, ANSWER, "an answer", " kept for a `#[request]`")
    }

    #[track_caller]
    const fn with_room<R: TaskResult>(name: &'static str, room: usize, place: &str, why: &str) -> Self {
        let sizes = [R::Ok::SIZE, R::Err::SIZE];
        if crate::konst::max(&sizes) > room {
            panic!(
                "{}",
                Words::new()
                    .text("transaction `")
                    .text(name)
                    .text("` returns up to ")
                    .number(crate::konst::max(&sizes))
                    .text(" bytes, but ")
                    .text(place)
                    .text(why)
                    .text(" holds ")
                    .number(room)
                    .text(": return less and leave the rest in a field")
                    .as_str()
            );
        }
        Self {
            name,
            task: fingerprint(name, &[R::Ok::FINGERPRINT, R::Err::FINGERPRINT]),
            timeout: None,
            retries: 0,
            backoff: Duration::ZERO,
            shared: FieldSet::NONE,
            exclusive: FieldSet::NONE,
        }
    }
}

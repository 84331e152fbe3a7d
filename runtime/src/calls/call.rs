//! [`call`]: a call that waits for its end.

use super::{AskError, Calls, Done, Reply, Request};
use crate::collections::{Consumer, Producer};
use crate::daemon::{Error, Handle, Wait};
use crate::failure::Failure;
use crate::state::{Message, State};
use crate::sys::clock;
use core::convert::Infallible;
use core::time::Duration;

/// The fields of the caller that a call goes through, lent in one change. The line is for one call at a time: the one that
/// somebody waits for.
pub struct Line<'a, T, R, const N: usize, const M: usize, const D: usize> {
    /// What is outstanding; this line's alone.
    pub calls: &'a mut Calls<1>,
    /// Requests go here.
    pub asks: &'a mut Producer<Request<T>, N>,
    /// Replies come from here.
    pub answers: &'a mut Consumer<Reply<R>, M, D>,
}

/// Why a call has no end yet.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The daemon is asked to stop. What was asked stays outstanding.
    #[error("the daemon is asked to stop")]
    Stopping,
    /// Nothing was asked: there was no room in the ring of requests within the timeout.
    #[error("the ring of requests was full for as long as the call might have taken")]
    Full,
    /// A change did not commit. What was asked stays outstanding.
    #[error(transparent)]
    Failed(#[from] Failure<Infallible>),
    /// The wait failed: a watched descriptor was closed.
    #[error("{0}")]
    Wait(Error),
}

/// Asks the server at the other end of `line`, waits for the call to be over, and has `then` make of its end what it will,
/// in the same commit that takes the reply: so whatever dies, the call is carried out once, and its answer is used once.
///
/// Where a call is outstanding on this line, because a predecessor of this process died while it waited, or because `then`
/// has [asked again](Calls::ask_again), nothing new is asked: the wait is for that one, and `question` is dropped. So a
/// daemon that finds out from its state what it is to ask, and notes in `then` that it is answered, goes on where its
/// predecessor was.
///
/// The daemon is idle to the watchdog while it waits. Messages of other rings, the alarm and watched descriptors stay for
/// later.
///
/// ```
/// use perennial::calls::{CallError, Calls, End, Line, Reply, Request, call};
/// use perennial::prelude::*;
///
/// #[daemon(mem = "256KiB")]
/// pub struct Till {
///     asks: Producer<Request<u32>, 16>,
///     answers: Consumer<Reply<u64>, 16>,
///     calls: Calls<1>,
///     sold: u32,
///     takings: u64,
/// }
///
/// impl Daemon for Till {
///     fn run(me: &mut Handle<Self>) -> Outcome {
///         while *me.state().sold < 10 {
///             let asked = call(
///                 me,
///                 |s| Line { calls: s.calls, asks: s.asks, answers: s.answers },
///                 250,
///                 Duration::from_secs(5),
///                 |s, done| {
///                     *s.sold += 1;
///                     match done.end {
///                         End::Answered(total) => *s.takings = total,
///                         End::Refused(why) => warn!("refused: {why}"),
///                         End::TimedOut => warn!("it may have been booked"),
///                     }
///                 },
///             );
///             match asked {
///                 Err(CallError::Stopping) => return Ok(()),
///                 other => other?,
///             }
///         }
///         me.wait_for_stop()
///     }
/// }
/// ```
///
/// # Errors
/// [`CallError`]: the call has no end yet.
pub fn call<S, T, R, V, const N: usize, const M: usize, const D: usize>(
    me: &mut Handle<S>,
    line: impl for<'a, 'b> Fn(&'b mut S::Mut<'a>) -> Line<'b, T, R, N, M, D>,
    question: T,
    timeout: Duration,
    then: impl FnOnce(S::Mut<'_>, Done<R>) -> V,
) -> Result<V, CallError>
where
    S: State,
    T: Message,
    R: Message,
{
    let row = ask(me, &line, question, timeout)?;
    let mut then = Some(then);
    loop {
        let over = me.change(|mut s| {
            let Line { calls, answers, .. } = line(&mut s);
            let Some(done) = calls.next(answers) else { return Err(calls.patience()) };
            // It is there: the first end is the last.
            then.take().map(|then| then(s, done)).ok_or(None)
        })?;
        match over {
            Ok(value) => return Ok(value),
            Err(patience) => {
                let wait = Wait::new().only(row).alone().timeout(patience.unwrap_or(Duration::ZERO));
                if !me.wait_for(&wait).map_err(CallError::Wait)?.is_running() {
                    return Err(CallError::Stopping);
                }
            }
        }
    }
}

/// Asks, unless a call is outstanding; returns the row of the consumer that the reply comes to.
fn ask<S, T, R, const N: usize, const M: usize, const D: usize>(
    me: &mut Handle<S>,
    line: &impl for<'a, 'b> Fn(&'b mut S::Mut<'a>) -> Line<'b, T, R, N, M, D>,
    question: T,
    timeout: Duration,
) -> Result<usize, CallError>
where
    S: State,
    T: Message,
    R: Message,
{
    let deadline = clock::monotonic().saturating_add(timeout);
    let mut question = Some(question);
    loop {
        let asked = me.change(|mut s| {
            let Line { calls, asks, answers } = line(&mut s);
            if let Some(body) = question.take_if(|_| calls.is_empty()) {
                let left = deadline.saturating_sub(clock::monotonic());
                question = calls.ask(asks, body, left).err().map(AskError::into_inner);
                return question.is_none().then(|| answers.row());
            }
            Some(answers.row())
        })?;
        if let Some(row) = asked {
            return Ok(row);
        }
        let left = deadline.saturating_sub(clock::monotonic());
        if left.is_zero() {
            return Err(CallError::Full);
        }
        if !me.wait_for(&Wait::new().room().alone().timeout(left)).map_err(CallError::Wait)?.is_running() {
            return Err(CallError::Stopping);
        }
    }
}

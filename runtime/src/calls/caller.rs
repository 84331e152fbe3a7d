//! [`Calls`]: the caller's side, a plain value in its state.

use super::rings::Rings;
use super::{Refusal, Reply, Request};
use crate::collections::{Consumer, Full, Producer};
use crate::state::Message;
use crate::sys::clock;
use core::time::Duration;
use zerocopy::little_endian::U64;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The calls of a daemon to one other that are outstanding, `K` at most: a plain field of the caller's state. What is
/// outstanding is committed with everything else, so it is still outstanding after the caller was started again.
///
/// It belongs to the two rings that it is used with first; calls over others need a `Calls` of their own.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Calls<const K: usize> {
    late: U64,
    rings: Rings,
    rows: [Row; K],
}

/// A call that is outstanding; `id` 0 for none.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Row {
    id: U64,
    deadline: U64,
}

/// A call that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done<R> {
    /// Which call.
    pub id: u64,
    /// How it ended.
    pub end: End<R>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<R> {
    /// The server carried it out, once, and answers.
    Answered(R),
    /// The server did not carry it out, and says so.
    Refused(Refusal),
    /// There was no reply before the deadline: the server may have carried it out, once, or may yet do so if it took
    /// the request in time. [`Calls::ask_again`] finds out.
    TimedOut,
}

/// Why nothing was asked. Hands the question back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError<T> {
    /// `K` calls are outstanding.
    #[error("as many calls are outstanding as `Calls` has room for: wait for one to end")]
    TooMany(T),
    /// The ring of requests has no room, or the record has none; in the latter case the update or transaction fails as
    /// over budget.
    #[error("the ring of requests is full: wait for room with `Handle::wait_for` and `Wait::room`")]
    Full(T),
}

impl<T> AskError<T> {
    /// The question.
    pub fn into_inner(self) -> T {
        match self {
            Self::TooMany(body) | Self::Full(body) => body,
        }
    }
}

impl<const K: usize> Calls<K> {
    /// Asks the server at the other end of `asks`; the call is over when the reply is taken by [`Calls::next`], or at
    /// the latest after `timeout`. Returns the call's identifier.
    ///
    /// # Errors
    /// [`AskError`] with the question.
    ///
    /// # Panics
    /// Where the calls belong to another ring.
    #[track_caller]
    pub fn ask<T: Message, const N: usize>(
        &mut self,
        asks: &mut Producer<Request<T>, N>,
        body: T,
        timeout: Duration,
    ) -> Result<u64, AskError<T>> {
        // Positions are neither rolled back nor reset, so no later call can be taken for this one.
        let id = asks.next_position() + 1;
        self.send(asks, id, body, timeout)
    }

    /// Asks again what was asked as `id`, after a timeout or where it is not known what became of it. A server that has
    /// decided on it repeats what it said, be it an answer or that the call had expired; one that never saw it carries it
    /// out now. What was refused can be asked anew by [`ask`](Calls::ask), for it was not carried out.
    ///
    /// # Errors
    /// [`AskError`] with the question.
    ///
    /// # Panics
    /// Where the calls belong to another ring.
    #[track_caller]
    pub fn ask_again<T: Message, const N: usize>(
        &mut self,
        asks: &mut Producer<Request<T>, N>,
        id: u64,
        body: T,
        timeout: Duration,
    ) -> Result<(), AskError<T>> {
        self.send(asks, id, body, timeout).map(drop)
    }

    #[track_caller]
    fn send<T: Message, const N: usize>(
        &mut self,
        asks: &mut Producer<Request<T>, N>,
        id: u64,
        body: T,
        timeout: Duration,
    ) -> Result<u64, AskError<T>> {
        self.rings.use_asks(asks.row());
        let place = |id: u64| self.rows.iter().position(|row| row.id == id);
        let Some(place) = place(id).or_else(|| place(0)) else {
            return Err(AskError::TooMany(body));
        };
        let deadline = nanos(clock::monotonic().saturating_add(timeout));
        let request = Request { id, deadline, body };
        asks.push(request).map_err(|Full(request)| AskError::Full(request.body))?;
        self.rows[place] = Row { id: U64::new(id), deadline: U64::new(deadline) };
        Ok(id)
    }

    /// The next call that is over: by a reply in `answers`, or else by its deadline. Replies to calls that are not
    /// outstanding any more are dropped and counted.
    ///
    /// # Panics
    /// Where the calls belong to another ring.
    #[track_caller]
    pub fn next<R: Message, const N: usize, const D: usize>(
        &mut self,
        answers: &mut Consumer<Reply<R>, N, D>,
    ) -> Option<Done<R>> {
        self.rings.use_answers(answers.row());
        for _ in 0..answers.len() {
            let Some(Reply { id, verdict }) = answers.pop() else { break };
            if self.abandon(id) {
                let end = verdict.map_or_else(End::Refused, End::Answered);
                return Some(Done { id, end });
            }
            self.late = U64::new(self.late.get().wrapping_add(1));
        }
        let now = nanos(clock::monotonic());
        let overdue = |row: &&Row| row.id != 0 && row.deadline.get() <= now;
        let id = self.rows.iter().filter(overdue).min_by_key(|row| row.deadline.get())?.id.get();
        self.abandon(id);
        Some(Done { id, end: End::TimedOut })
    }

    /// Gives up a call; a reply that comes is late. Returns whether it was outstanding.
    pub fn abandon(&mut self, id: u64) -> bool {
        let row = self.rows.iter_mut().find(|row| id != 0 && row.id == id);
        row.map(|row| *row = Row::new()).is_some()
    }

    /// The calls that are outstanding, in no order.
    pub fn outstanding(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows.iter().map(|row| row.id.get()).filter(|id| *id != 0)
    }

    /// How many calls are outstanding.
    pub fn len(&self) -> usize {
        self.outstanding().count()
    }

    /// Whether no call is outstanding.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time until the next deadline, for [`Wait::timeout`](crate::daemon::Wait::timeout); `None` where no call is
    /// outstanding.
    pub fn patience(&self) -> Option<Duration> {
        let rows = self.rows.iter().filter(|row| row.id != 0);
        let deadline = rows.map(|row| row.deadline.get()).min()?;
        Some(Duration::from_nanos(deadline).saturating_sub(clock::monotonic()))
    }

    /// Replies that came after their call was over.
    pub fn late(&self) -> u64 {
        self.late.get()
    }
}

impl Row {
    const fn new() -> Self {
        Self { id: U64::ZERO, deadline: U64::ZERO }
    }
}

impl<const K: usize> core::fmt::Debug for Calls<K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Calls {{ late: {}, outstanding: ", self.late())?;
        f.debug_list().entries(self.outstanding()).finish()?;
        f.write_str(" }")
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether the caller of a request has given up.
pub(super) fn is_over(deadline: u64) -> bool {
    deadline <= nanos(clock::monotonic())
}

//! [`Handle`]: a daemon's grip on its state and its surroundings.

use super::validate::check;
use super::{Activity, Core, Wait, Woken};
use crate::failure::{Failure, over_record};
use crate::fault::{self, Point};
use crate::report::Cause;
use crate::state::{Attempt, FieldSet, State};
use crate::sys::clock;
use core::convert::Infallible;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Why an incarnation of a daemon was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the tree.
    First,
    /// After its predecessor died; with the crash or panic that the predecessor reported, if it could.
    Again(Cause),
}

/// What was done about the state before this incarnation began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Nothing: it is the first one, and the state is all-zero.
    First,
    /// The state is that of the last commit.
    Resumed,
    /// Commits were undone: by the recovery ladder, because `decide` said so, or because they did not validate.
    /// Messages that they popped or pushed stay popped or pushed.
    RolledBack {
        /// How many.
        commits: usize,
    },
    /// The state is all-zero again, but for what ring ends hold.
    Reset,
}

/// A daemon's grip on its state and its surroundings. There is one, and only its daemon has it.
pub struct Handle<S: State> {
    pub(crate) core: Core,
    pub(crate) cells: S::Cells,
    start: Start,
    pub(super) recovered: Recovered,
}

impl<S: State> Handle<S> {
    pub(super) fn new(core: Core, cells: S::Cells) -> Self {
        Self { core, cells, start: Start::First, recovered: Recovered::First }
    }

    pub(super) fn started(&mut self, start: Start) {
        self.start = start;
    }

    /// The daemon's name.
    pub fn name(&self) -> &'static str {
        S::NAME
    }

    /// Number of this incarnation, from 1.
    pub fn generation(&self) -> u64 {
        self.core.generation
    }

    /// Why this incarnation was started.
    pub fn start(&self) -> Start {
        self.start
    }

    /// What was done about the state before this incarnation began, by the recovery ladder or otherwise. It is
    /// told to the first incarnation that gets to run afterwards. It is [`Recovered::Reset`] as well once a
    /// [`rollback`](Handle::rollback) of this incarnation's has ended with all-zero state.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// Number of commits so far, over all incarnations.
    pub fn sequence(&self) -> u64 {
        self.core.region.header().applied.load(Ordering::Relaxed)
    }

    /// The committed state.
    pub fn state(&self) -> S::Ref<'_> {
        S::share(&self.cells)
    }

    /// Changes the state: runs `change` on it and commits what it did when it returns `Ok`. On `Err`, on a
    /// panic, and when the daemon dies on the way, nothing of it is kept. A panic goes on to the caller.
    ///
    /// # Errors
    /// [`Failure::Task`] with the closure's error; [`Failure::OverBudget`] when the change is larger than
    /// `record`; [`Failure::Invalid`] when the daemon's `validate` refuses the state that it led to.
    pub fn update<T, E>(&mut self, change: impl FnOnce(S::Mut<'_>) -> Result<T, E>) -> Result<T, Failure<E>> {
        self.core.note_attempt(FieldSet::NONE);
        self.core.now_doing(Activity::Updating);
        fault::point(Point::UpdateStarted);
        let open = Open::new(self);
        let outcome = change(S::lend(&mut open.0.cells));
        fault::point(Point::UpdateReturned);
        let result = match outcome {
            _ if open.0.core.log().overrun() => Err(over_record()),
            Ok(value) => open.0.commit(FieldSet::ALL, S::VALIDATES).map(|()| value),
            Err(error) => Err(Failure::Task(error)),
        };
        let handled = if result.is_err() { open.0.core.noted_attempt() } else { FieldSet::NONE };
        drop(open);
        if handled != FieldSet::NONE && self.count_attempt(handled) == Attempt::SetAside {
            log::warn!("a message was set aside after its last attempt");
        }
        result
    }

    /// Changes the state by a closure that cannot fail; otherwise like [`Handle::update`].
    ///
    /// # Errors
    /// [`Failure::OverBudget`] when the change is larger than `record`; [`Failure::Invalid`] when the daemon's
    /// `validate` refuses it.
    pub fn change<T>(&mut self, change: impl FnOnce(S::Mut<'_>) -> T) -> Result<T, Failure<Infallible>> {
        self.update(|state| Ok(change(state)))
    }

    fn commit<E>(&mut self, fields: FieldSet, validated: bool) -> Result<(), Failure<E>> {
        S::gather(&mut self.cells, fields).map_err(|_| over_record())?;
        let log = self.core.log();
        if log.is_empty() {
            return if log.overrun() { Err(over_record()) } else { Ok(()) };
        }
        if validated {
            check::<S>(&self.cells).map_err(Failure::Invalid)?;
        }
        let record = log.seal().map_err(|_| over_record())?;
        self.core.commit(record).map_err(Failure::Rejected)
    }

    /// Counts a failed attempt at the head messages of the consumers in `fields`, in a commit of its own.
    pub(crate) fn count_attempt(&mut self, fields: FieldSet) -> Attempt {
        let fields = self.core.not_overtaken(fields);
        if fields == FieldSet::NONE {
            self.core.end_attempt();
            return Attempt::Ignored;
        }
        fault::point(Point::AttemptFailed);
        let open = Open::new(self);
        let attempt = S::attempt_failed(&mut open.0.cells, fields);
        // Not asked of `validate`: see there.
        let counted = open.0.commit::<Infallible>(fields, false);
        drop(open);
        if counted.is_err() { Attempt::Ignored } else { attempt }
    }

    /// Waits until a message has arrived, the alarm is due, a watched descriptor is ready, or the daemon is
    /// asked to stop. Returns at once while a message is waiting.
    ///
    /// # Errors
    /// When a watched descriptor was closed.
    pub fn wait(&mut self) -> Result<Woken, super::Error> {
        self.wait_for(&Wait::new().messages())
    }

    /// Waits for what `wait` names, and always for the alarm, watched descriptors and the request to stop.
    ///
    /// # Errors
    /// When a watched descriptor was closed.
    pub fn wait_for(&mut self, wait: &Wait) -> Result<Woken, super::Error> {
        self.core.wait(wait)
    }

    /// Waits until the daemon is asked to stop, and for nothing else: what a daemon does that is done.
    ///
    /// # Errors
    /// When a watched descriptor was closed.
    pub fn wait_for_stop(&mut self) -> Result<(), super::Error> {
        while self.wait_for(&Wait::new())?.is_running() {}
        Ok(())
    }

    /// Sets the alarm: a wait ends once `after` has passed. There is one; it rings once.
    pub fn set_alarm(&mut self, after: Duration) {
        self.core.alarm = Some(clock::monotonic().saturating_add(after));
    }

    /// Takes the alarm back.
    pub fn clear_alarm(&mut self) {
        self.core.alarm = None;
    }

    /// Makes waits end when `descriptor` is readable or hung up, until [`Handle::unwatch`]. The descriptor
    /// must stay open as long.
    ///
    /// # Errors
    /// When sixteen descriptors are watched already.
    pub fn watch(&mut self, descriptor: BorrowedFd<'_>) -> Result<(), super::Error> {
        let free = self.core.watched.iter_mut().find(|slot| **slot == -1);
        *free.ok_or_else(|| super::Error::new("a daemon can watch sixteen descriptors; unwatch one"))? =
            descriptor.as_raw_fd();
        Ok(())
    }

    /// Ends what [`Handle::watch`] began.
    pub fn unwatch(&mut self, descriptor: BorrowedFd<'_>) {
        for slot in self.core.watched.iter_mut().filter(|slot| **slot == descriptor.as_raw_fd()) {
            *slot = -1;
        }
    }

    /// Asks root to stop the whole tree and to exit with `code`. The daemon goes on until root asks it to
    /// stop in its turn.
    pub fn shutdown(&mut self, code: u8) {
        let header = self.core.region.header();
        header.shutdown.store(u32::from(code) + 1, Ordering::Release);
        super::life::knock();
    }

    /// Gives a sign of life, where `watchdog` is set: a daemon that works longer than that without waiting calls
    /// it on the way, or is taken for hung. Costs a store. [`Handle::wait`] gives one when it begins and when it
    /// ends, and while it lasts the daemon is idle, however long; the same holds while the daemon waits for a
    /// transaction that has a `timeout`, but not for one that has none.
    pub fn alive(&self) {
        self.core.alive();
    }

    /// Says that the daemon is ready: those that `depends_on` it are started now, and `start_timeout` is kept. The
    /// first wait says so as well, be it for room in a ring with `full = wait` or for a transaction that borrows such a
    /// ring, so that only a daemon that has more to do before others may rely on it need call this, and wait for nothing
    /// until then. One that returns `Ok` from `run` was ready.
    pub fn ready(&mut self) {
        self.core.become_ready();
    }

    /// What the set-up hook of the tree returned, if it is a `T`.
    pub fn setup<T: core::any::Any + Sync>(&self) -> Option<&'static T> {
        crate::root::setup_value()
    }
}

/// A change under way. Dropping it, by a panic too, closes the log: what was not committed is gone.
struct Open<'a, S: State>(&'a mut Handle<S>);

impl<'a, S: State> Open<'a, S> {
    fn new(handle: &'a mut Handle<S>) -> Self {
        let stamp = handle.core.next_stamp();
        // SAFETY: no record is under way, since the handle is borrowed mutably; the stamp is fresh.
        unsafe { handle.core.region.open(handle.core.log(), stamp) };
        S::begin(&mut handle.cells);
        Self(handle)
    }
}

impl<S: State> Drop for Open<'_, S> {
    fn drop(&mut self) {
        self.0.core.log().close();
        S::begin(&mut self.0.cells);
        // A panic is a failed attempt like any other crash: the note stays for the successor to count, and so does
        // where it happened, for the log.
        if !std::thread::panicking() {
            self.0.core.end_attempt();
            // An attempt that recovery counts does not make it `run`.
            if self.0.core.doing() != Activity::Recovering {
                self.0.core.now_doing(Activity::Running);
            }
        }
    }
}

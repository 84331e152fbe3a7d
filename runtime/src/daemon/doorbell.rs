//! [`Doorbell`]: waiting in an event loop of the program's own, for whatever a [`Wait`] is for.
//!
//! The order is that of `wait`: first the daemon says that it waits for its doorbell, then it looks a last time. Should
//! there be something, it rings itself, so that the descriptor is readable whenever there is anything to wake up for,
//! and the loop around it need not ask.

use super::{Core, Handle, Wait, Woken, links};
use crate::state::State;
use crate::sys::clock;
use core::time::Duration;
use std::os::fd::{AsFd, BorrowedFd};

/// A wait in an event loop of the program's own, until it is [answered](Doorbell::answer) or dropped; made by
/// [`Handle::doorbell`]. Its descriptor becomes readable when there is something that the wait is for.
#[must_use = "the wait ends when this is dropped"]
pub struct Doorbell<'a> {
    core: &'a mut Core,
    wait: Wait,
    deadline: Option<Duration>,
}

impl<S: State> Handle<S> {
    /// Says that the daemon waits from here on, by its own means: in an event loop that has the [`Doorbell`]'s descriptor
    /// among its own. As long as that lasts the daemon is idle to the watchdog, and the handle is not to be had.
    ///
    /// Nothing is missed: where there is something already, the descriptor is readable at once. It may be readable
    /// without anything being there. Descriptors that are [watched](Handle::watch) are for other waits; here they are the
    /// loop's business.
    ///
    /// ```no_run
    /// use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    /// use perennial::prelude::*;
    /// use std::io::Read;
    /// use std::net::TcpListener;
    /// use std::os::fd::AsFd;
    ///
    /// #[daemon(mem = "128KiB", watchdog = "1s")]
    /// pub struct Gate { orders: Consumer<u32, 64>, visitors: u64, sum: u64 }
    ///
    /// impl Daemon for Gate {
    ///     fn run(me: &mut Handle<Self>) -> Outcome {
    ///         let door = TcpListener::bind("127.0.0.1:0")?;
    ///         loop {
    ///             let bell = me.doorbell(&Wait::new().messages());
    ///             let mut ready = [
    ///                 PollFd::new(bell.as_fd(), PollFlags::POLLIN),
    ///                 PollFd::new(door.as_fd(), PollFlags::POLLIN),
    ///             ];
    ///             let timeout = bell.timeout().map_or(PollTimeout::NONE, |left| {
    ///                 PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
    ///             });
    ///             // Interrupted by a signal: the look below says whether that was about anything.
    ///             let _ = poll(&mut ready, timeout);
    ///             let visitor = ready[1].any() == Some(true);
    ///             let woken = bell.answer();
    ///             if !woken.is_running() {
    ///                 return Ok(());
    ///             }
    ///             if visitor {
    ///                 let mut hello = [0; 16];
    ///                 let _ = door.accept()?.0.read(&mut hello)?;
    ///                 me.change(|s| *s.visitors += 1)?;
    ///             }
    ///             if woken.has_messages() {
    ///                 me.change(|s| *s.sum += s.orders.pop_iter().map(u64::from).sum::<u64>())?;
    ///             }
    ///         }
    ///     }
    /// }
    /// ```
    pub fn doorbell(&mut self, wait: &Wait) -> Doorbell<'_> {
        let core = &mut self.core;
        core.arrive();
        core.replay_as_asked();
        core.announce(wait, Core::ON_DOORBELL);
        if core.look(wait, false).any(wait) {
            links::ring(core.doorbell);
        }
        Doorbell { wait: *wait, deadline: core.deadline(wait.until()), core }
    }
}

impl Doorbell<'_> {
    /// How long the loop may wait at most: until the alarm, or the wait's timeout. `None` for ever.
    pub fn timeout(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(clock::monotonic()))
    }

    /// Ends the wait, and says what there is, which may be nothing; whether a descriptor of the loop's is ready, the loop
    /// knows itself.
    pub fn answer(self) -> Woken {
        self.core.stop_waiting();
        // Before the look: what comes after it rings again, or is seen by the next wait's look.
        links::silence(self.core.doorbell);
        self.core.replay_as_asked();
        let due = self.core.alarm_rings();
        let woken = self.core.look(&self.wait, due);
        self.core.depart(woken);
        // The wait is over already.
        core::mem::forget(self);
        woken
    }
}

impl Drop for Doorbell<'_> {
    fn drop(&mut self) {
        self.core.stop_waiting();
        links::silence(self.core.doorbell);
        self.core.depart(Woken::default());
    }
}

impl AsFd for Doorbell<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: root made the descriptor before it forked this process, and nothing here closes it.
        unsafe { BorrowedFd::borrow_raw(self.core.doorbell) }
    }
}

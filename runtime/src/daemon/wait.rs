//! Waiting: for messages, room, an alarm, descriptors and the request to stop, in one call.
//!
//! Rings are waited for on the peers' positions, which are futexes. Where descriptors are watched as well,
//! the kernel offers no way to wait for both, so peers ring a doorbell, an event descriptor, instead. Either
//! way the daemon says how it waits *before* it looks a last time.

use super::{Activity, Core, Error, links, room};
use crate::protocol::waiting;
use crate::state::Role;
use crate::sys::{Errno, clock, futex};
use core::sync::atomic::Ordering;
use core::time::Duration;

/// What a wait is for.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is something of its own to wait for")]
pub struct Wait {
    messages: bool,
    room: bool,
    news: bool,
    live: bool,
    timeout: Option<Duration>,
    /// The consumer whose messages alone count, plus 1; 0 for all.
    only: u8,
    /// Whether alarm, descriptors and requests to read configuration again stay for a later wait.
    alone: bool,
}

impl Wait {
    /// For nothing but the alarm, watched descriptors and the request to stop.
    pub const fn new() -> Self {
        Self { messages: false, room: false, news: false, live: false, timeout: None, only: 0, alone: false }
    }

    /// Also until some consumer has a message.
    #[must_use]
    pub const fn messages(self) -> Self {
        Self { messages: true, ..self }
    }

    /// Also until every producer has room for a message. One that drops the oldest always has.
    #[must_use]
    pub const fn room(self) -> Self {
        Self { room: true, ..self }
    }

    /// Also until a daemon that this one is subscribed to has committed, or was rolled back or reset.
    #[must_use]
    pub const fn news(self) -> Self {
        Self { news: true, ..self }
    }

    /// Also until a [`LiveReader`](crate::LiveReader) has something to read. A wait for messages does not end for that.
    #[must_use]
    pub const fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// At most this long.
    #[must_use]
    pub const fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Messages of the consumer in this row only.
    #[must_use]
    pub(crate) const fn only(self, field: usize) -> Self {
        Self { messages: true, only: field as u8 + 1, ..self }
    }

    /// For nothing else than what it names, and the request to stop.
    #[must_use]
    pub(crate) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    fn takes(&self, field: usize) -> bool {
        self.only == 0 || usize::from(self.only) == field + 1
    }

    /// When its timeout is over.
    pub(super) fn until(&self) -> Option<Duration> {
        self.timeout.map(|timeout| clock::monotonic().saturating_add(timeout))
    }
}

/// Why a wait ended. More than one reason may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a reason of its own, and several may hold")]
pub struct Woken {
    stopping: bool,
    messages: bool,
    room: bool,
    news: bool,
    live: bool,
    alarm: bool,
    ready: bool,
    reload: bool,
}

impl Woken {
    /// Whether the daemon is to go on; false once root has asked it to stop.
    pub fn is_running(self) -> bool {
        !self.stopping
    }

    /// Whether a consumer has a message.
    pub fn has_messages(self) -> bool {
        self.messages
    }

    /// Whether every producer has room.
    pub fn has_room(self) -> bool {
        self.room
    }

    /// Whether there is news of a daemon that this one is subscribed to; [`Handle::news`](super::Handle::news) says
    /// what it is.
    pub fn has_news(self) -> bool {
        self.news
    }

    /// Whether a live ring has something to read.
    pub fn has_live(self) -> bool {
        self.live
    }

    /// Whether the alarm rang.
    pub fn has_alarm(self) -> bool {
        self.alarm
    }

    /// Whether a watched descriptor is ready.
    pub fn has_ready_descriptor(self) -> bool {
        self.ready
    }

    /// Whether root was asked (SIGHUP) that configuration be read again. Each request is told once; several that
    /// come together are one. The log's level has been changed already where the settings ask for it.
    pub fn has_reload(self) -> bool {
        self.reload
    }

    pub(super) fn any(self, wait: &Wait) -> bool {
        self.stopping
            || self.reload
            || self.alarm
            || self.ready
            || (wait.messages && self.messages)
            || (wait.room && self.room)
            || (wait.news && self.news)
            || (wait.live && self.live)
    }
}

impl Core {
    /// What there is for `wait`; `alarm` where the alarm has just rung.
    pub(super) fn look(&self, wait: &Wait, alarm: bool) -> Woken {
        let desired = self.desired().load(Ordering::Acquire);
        let mut woken = Woken {
            stopping: Self::asks_to_stop(desired),
            reload: !wait.alone && self.asks_to_reload(desired),
            room: true,
            news: self.has_news(),
            alarm,
            ..Woken::default()
        };
        for (field, link, peers) in self.links.iter() {
            let own = self.region.header().positions[field].load(Ordering::Relaxed);
            match link.role {
                // A message that can be neither handled nor set aside is nothing to wake up for.
                Role::Consumer => {
                    woken.messages |=
                        wait.takes(field) && self.has_message(field, peers) && !self.is_stuck(field);
                }
                Role::Producer => woken.room &= Self::has_room(own, link, peers),
                Role::Live => {}
                Role::LiveReader => woken.live |= peers.iter().any(|peer| peer.position() > own),
            }
        }
        woken
    }

    /// Waits; see `Handle::wait_for`.
    pub(super) fn wait(&mut self, wait: &Wait) -> Result<Woken, Error> {
        self.arrive();
        let woken = self.wait_until_woken(wait);
        self.depart(woken.as_ref().copied().unwrap_or_default());
        woken
    }

    /// What comes before a wait.
    pub(super) fn arrive(&mut self) {
        self.become_ready();
        self.alive();
        self.settle_news();
        self.now_doing(Activity::Waiting);
    }

    /// What comes after it.
    pub(super) fn depart(&mut self, woken: Woken) {
        self.now_doing(Activity::Running);
        self.alive();
        if woken.reload {
            self.reload();
        }
    }

    /// Whether the alarm is due, which rings once.
    pub(super) fn alarm_rings(&mut self) -> bool {
        let due = self.alarm.is_some_and(|alarm| clock::monotonic() >= alarm);
        if due {
            self.alarm = None;
        }
        due
    }

    /// When a wait that lasts until `timeout` ends at the latest.
    pub(super) fn deadline(&self, timeout: Option<Duration>) -> Option<Duration> {
        match (self.alarm, timeout) {
            (Some(alarm), Some(timeout)) => Some(alarm.min(timeout)),
            (alarm, timeout) => alarm.or(timeout),
        }
    }

    /// Says what the daemon waits for, and how; it must look a last time after this.
    pub(super) fn announce(&self, wait: &Wait, how: u32) {
        self.want_news(wait.news);
        self.want_live(wait.live);
        self.begin_waiting(if wait.room { how } else { how | Self::WITHOUT_ROOM });
    }

    fn wait_until_woken(&mut self, wait: &Wait) -> Result<Woken, Error> {
        let timeout = wait.until();
        loop {
            let desired = self.replay_as_asked();
            let due = !wait.alone && self.alarm_rings();
            let mut woken = self.look(wait, due);
            let polling = !wait.alone && self.watched.iter().any(|&fd| fd != -1);
            let over = woken.any(wait) || timeout.is_some_and(|timeout| clock::monotonic() >= timeout);
            // Descriptors are looked at even when there is another reason, or a busy ring would starve them.
            if polling && over {
                woken.ready = self.poll(Some(Duration::ZERO))?;
            }
            if over {
                return Ok(woken);
            }
            let deadline = if wait.alone { timeout } else { self.deadline(timeout) };
            self.announce(wait, if polling { Self::ON_DOORBELL } else { Self::ON_WORDS });
            let ready = if polling {
                self.sleep_on_descriptors(wait, deadline)
            } else {
                Ok(self.sleep_on_words(wait, desired, deadline))
            };
            self.stop_waiting();
            if ready? {
                return Ok(Woken { ready: true, ..self.look(wait, false) });
            }
        }
    }

    /// Says whether a wait is for live rings, before it is said that there is a wait.
    fn want_live(&self, wanted: bool) {
        let live = &self.region.header().live;
        if live.load(Ordering::Relaxed) != u32::from(wanted) {
            live.store(wanted.into(), Ordering::SeqCst);
        }
    }

    /// Sleeps until a word changes; root's, which was `desired`. The values to compare with are read before the last
    /// look, so that a change in between is seen by one of the two.
    fn sleep_on_words(&self, wait: &Wait, desired: u32, deadline: Option<Duration>) -> bool {
        let root = futex::Waiter::new(self.desired(), desired);
        let mut expected = ([root; futex::MOST], 1);
        let expect = |(waiters, count): &mut ([futex::Waiter; futex::MOST], usize)| {
            for (field, link, peers) in self.links.iter() {
                let wanted = match link.role {
                    Role::Consumer => wait.messages && wait.takes(field),
                    Role::Producer => wait.room,
                    Role::Live => false,
                    Role::LiveReader => wait.live,
                };
                if wanted {
                    *count = room::watch(peers, link.role == Role::Producer, waiters, *count);
                }
            }
            if wait.news {
                *count = self.watch_news(waiters, *count);
            }
        };
        waiting::last_look(
            &mut expected,
            expect,
            || self.look(wait, false).any(wait),
            |(waiters, count)| {
                let _ = futex::wait_any(&waiters[..*count], deadline);
            },
        );
        false
    }

    fn sleep_on_descriptors(&self, wait: &Wait, deadline: Option<Duration>) -> Result<bool, Error> {
        if self.look(wait, false).any(wait) {
            return Ok(false);
        }
        self.poll(deadline.map(|deadline| deadline.saturating_sub(clock::monotonic())))
    }

    /// Whether a watched descriptor is ready, waiting up to `timeout`; `None` waits for ever.
    fn poll(&self, timeout: Option<Duration>) -> Result<bool, Error> {
        let unused = libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 };
        let mut descriptors = [unused; super::core::MOST_WATCHED + 1];
        for (entry, &fd) in descriptors.iter_mut().zip(self.watched.iter().chain([&self.doorbell])) {
            entry.fd = fd;
        }
        let timeout = timeout.map(clock::timespec);
        let time = timeout.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
        // SAFETY: reads and writes a local array of the given length.
        let ready = unsafe {
            libc::ppoll(descriptors.as_mut_ptr(), descriptors.len() as libc::nfds_t, time, core::ptr::null())
        };
        if ready < 0 {
            return if Errno::last() == Errno::EINTR { Ok(false) } else { Err(Errno::last().into()) };
        }
        let (watched, doorbell) = descriptors.split_at(super::core::MOST_WATCHED);
        if doorbell[0].revents != 0 {
            links::silence(self.doorbell);
        }
        if let Some(closed) = watched.iter().find(|entry| entry.revents & libc::POLLNVAL != 0) {
            let fd = closed.fd;
            return Err(Error::new(format_args!("watched descriptor {fd} was closed: unwatch it first")));
        }
        Ok(watched.iter().any(|entry| entry.revents != 0))
    }
}

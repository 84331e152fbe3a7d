//! Subscriptions: hearing that a peer has committed, or was rolled back.
//!
//! They are declared in `root!`, so that a daemon to which nobody is subscribed pays nothing. A subscriber sleeps on the
//! publisher's sequence lock, which every commit, rollback and reset moves. What it has heard of is noted in its own
//! header once it asks or waits again: until then it is still at work on it, and should it die its successor is told.

use super::{Core, Handle, links};
use crate::commit::{Busy, lock_word, read};
use crate::layout::{Heard, MOST_SUBSCRIPTIONS, RegionHeader, UNHEARD};
use crate::protocol::waiting;
use crate::state::State;
use crate::sys::futex;
use core::any::TypeId;
use core::sync::atomic::Ordering;
use core::time::Duration;

/// What has become of a peer's state since it was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// The incarnation that the peer is in.
    pub generation: u64,
    /// Counts its resets, and its commits that were undone.
    pub epoch: u64,
    /// Number of its newest commit.
    pub sequence: u64,
    /// Commits since; those that undo others are commits, too.
    pub commits: u64,
    /// Whether what was known of it may not be so any more. Every incarnation of the subscriber is told once, and it is
    /// told again to the next if it dies before it waits or asks again, or if recovery undoes commits of the
    /// subscriber's own, or resets it: what it had made of the news may be among that. After a
    /// [`rollback`](Handle::rollback) that the program itself asked for, it is not told again.
    pub rolled_back: Option<RolledBack>,
}

/// The peer was rolled back or reset, so that states that were seen may never have been; or the subscriber was, and may
/// know no more of what it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// The epoch of what was known; `u64::MAX` where it is the subscriber that recovery has rolled back or reset.
    pub from: u64,
    /// The epoch now.
    pub to: u64,
}

/// The daemon hears nothing of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{subscriber}` is not subscribed to `{publisher}`: add `{subscriber} -> {publisher}` to `subscriptions` in root!"
)]
pub struct NotSubscribed {
    /// Who asked.
    pub subscriber: &'static str,
    /// Of whom.
    pub publisher: &'static str,
}

/// A state of a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    epoch: u64,
    sequence: u64,
}

/// The subscriptions of this process.
pub struct Subscriptions {
    own: usize,
    /// Whether anybody is subscribed to this daemon.
    heard: bool,
    /// How many others this daemon is subscribed to.
    count: usize,
    /// What this incarnation was told of each of them.
    told: [Seen; MOST_SUBSCRIPTIONS],
}

impl Subscriptions {
    /// Those of daemon `own`, whose header is `header`.
    pub(super) fn new(tree: &crate::root::Tree, own: usize, header: &RegionHeader) -> Self {
        let mut told = [Seen::default(); MOST_SUBSCRIPTIONS];
        for (told, heard) in told.iter_mut().zip(&header.heard) {
            told.epoch = heard.epoch.load(Ordering::Relaxed);
            told.sequence = heard.sequence.load(Ordering::Relaxed);
        }
        let heard = tree.subscriptions.iter().any(|of| of.publisher == own);
        let count = tree.subscriptions.iter().filter(|of| of.subscriber == own).count();
        Self { own, heard, count: count.min(MOST_SUBSCRIPTIONS), told }
    }
}

impl Core {
    /// Which daemon of the tree this is.
    pub(super) fn index(&self) -> usize {
        self.subscriptions.own
    }

    fn header_of(&self, daemon: usize) -> &RegionHeader {
        let header = self.view.wrapping_add(self.tree.region_at(daemon)).cast::<RegionHeader>();
        // SAFETY: every region begins with its header and is always mapped; only its atomics are used.
        unsafe { &*header }
    }

    /// The peers that this daemon is subscribed to, in order.
    fn publishers(&self) -> impl Iterator<Item = usize> + '_ {
        let own = self.tree.subscriptions.iter().filter(|of| of.subscriber == self.subscriptions.own);
        own.map(|of| of.publisher).take(self.subscriptions.count)
    }

    /// Wakes subscribers that wait for news; for the order of things see [`links::wake_consumer`].
    #[inline]
    pub(super) fn wake_subscribers(&self) {
        if self.subscriptions.heard {
            self.wake_all_subscribers();
        }
    }

    #[inline(never)]
    fn wake_all_subscribers(&self) {
        for of in self.tree.subscriptions.iter().filter(|of| of.publisher == self.subscriptions.own) {
            let header = self.header_of(of.subscriber);
            if waiting::after_change(&header.news) == 0 {
                continue;
            }
            match Self::how(header.waiting.load(Ordering::SeqCst)) {
                Self::ON_WORDS => futex::wake(lock_word(self.header_of(of.publisher))),
                Self::ON_DOORBELL => links::ring(self.doorbells[of.subscriber]),
                _ => {}
            }
        }
    }

    /// Whether a peer has committed since this incarnation was told of it, and is not at it now.
    pub(super) fn has_news(&self) -> bool {
        self.publishers().zip(&self.subscriptions.told).any(|(publisher, told)| {
            let header = self.header_of(publisher);
            let busy = header.lock.load(Ordering::SeqCst) & 1 == 1;
            let epoch = header.epoch.load(Ordering::SeqCst);
            let sequence = header.applied.load(Ordering::SeqCst);
            !busy && *told != Seen { epoch, sequence }
        })
    }

    /// Says whether a wait is for news, before it is said that there is a wait.
    pub(super) fn want_news(&self, wanted: bool) {
        if self.subscriptions.count != 0 {
            self.region.header().news.store(wanted.into(), Ordering::SeqCst);
        }
    }

    /// Adds to `waiters` what a subscriber sleeps on.
    pub(super) fn watch_news(&self, waiters: &mut futex::Waiters) {
        self.publishers().for_each(|publisher| waiters.watch(lock_word(self.header_of(publisher))));
    }

    /// Takes over that recovery wants this incarnation told again.
    pub(super) fn hear_again(&mut self) {
        for (told, heard) in self.subscriptions.told.iter_mut().zip(&self.region.header().heard) {
            if heard.epoch.load(Ordering::Relaxed) == UNHEARD {
                told.epoch = UNHEARD;
            }
        }
    }

    /// Notes that what this incarnation was told is dealt with.
    pub(super) fn settle_news(&self) {
        let header = self.region.header();
        for (Heard { epoch, sequence }, told) in
            header.heard.iter().zip(&self.subscriptions.told).take(self.subscriptions.count)
        {
            // The epoch last: a death in between tells of a rollback once more rather than not at all.
            if sequence.load(Ordering::Relaxed) != told.sequence {
                sequence.store(told.sequence, Ordering::Release);
            }
            if epoch.load(Ordering::Relaxed) != told.epoch {
                epoch.store(told.epoch, Ordering::Release);
            }
        }
    }
}

impl<S: State> Handle<S> {
    /// What has become of `P`'s state since this was asked last, or since this daemon's first incarnation began; `None`
    /// where it is the same, or `P` is just changing it. Waits for nothing: a wait for
    /// [`Wait::news`](super::Wait::news) does. What has changed is read with [`snapshot`](Handle::snapshot).
    ///
    /// ```
    /// use perennial::prelude::*;
    /// #[daemon(mem = "64KiB")]
    /// pub struct Ledger {
    ///     #[publish]
    ///     total: u64,
    /// }
    /// #[daemon(mem = "64KiB")]
    /// pub struct Monitor { rollbacks: u64 }
    ///
    /// impl Daemon for Monitor {
    ///     fn run(me: &mut Handle<Self>) -> Outcome {
    ///         while me.wait_for(&Wait::new().news())?.is_running() {
    ///             let Some(news) = me.news::<Ledger>().map_err(Error::new)? else { continue };
    ///             if news.rolled_back.is_some() {
    ///                 me.change(|s| *s.rollbacks += 1)?;
    ///             }
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`NotSubscribed`] where `root!` does not say so.
    pub fn news<P: State>(&mut self) -> Result<Option<News>, NotSubscribed> {
        let core = &mut self.core;
        core.settle_news();
        let is_it = |publisher: &usize| (core.tree.daemons[*publisher].type_id)() == TypeId::of::<P>();
        let found = core.publishers().enumerate().find(|(_, publisher)| is_it(publisher));
        let (at, publisher) = found.ok_or(NotSubscribed { subscriber: S::NAME, publisher: P::NAME })?;
        let mut generation = 0;
        // SAFETY: every region begins with its header, which is always mapped and written by its owner alone; root's
        // table is always mapped.
        let version = unsafe {
            read(core.header_of(publisher), Duration::ZERO, || {
                generation = (*core.entries.add(publisher)).generation.load(Ordering::Relaxed);
            })
        };
        let Ok(version) = version.map_err(|Busy| ()) else { return Ok(None) };
        let (now, told) =
            (Seen { epoch: version.epoch, sequence: version.sequence }, &mut core.subscriptions.told[at]);
        let before = core::mem::replace(told, now);
        let rolled_back =
            (now.epoch != before.epoch).then_some(RolledBack { from: before.epoch, to: now.epoch });
        Ok((now != before).then_some(News {
            generation,
            epoch: now.epoch,
            sequence: now.sequence,
            commits: now.sequence.saturating_sub(before.sequence),
            rolled_back,
        }))
    }
}

//! What may happen to state, brought about on purpose: deaths, resets and damaged transactions.

use super::Scratch;
use crate::commit::Recovery;
use crate::failure::Failure;
use crate::state::{Attempt, FieldSet, State};

impl<S: State> Scratch<S> {
    /// Makes everything all-zero but what ring ends hold, as `restart = reset` does.
    ///
    /// ```
    /// use perennial::prelude::*;
    /// #[daemon(mem = "64KiB")]
    /// struct Counter { count: u64 }
    ///
    /// let mut counter = Scratch::<Counter>::new();
    /// counter.update(|s| { *s.count = 7; Ok::<_, ()>(()) }).unwrap();
    /// counter.reset();
    /// assert_eq!(*counter.state().count, 0);
    /// ```
    pub fn reset(&mut self) {
        self.region.announce_reset();
        self.region.finish_reset();
        S::begin(&mut self.cells);
    }

    /// As [`update`](Self::update) by a process that dies after the commit point, when only the first `torn`
    /// bytes of the image are up to date, and whose successor recovers.
    ///
    /// # Panics
    /// If there is nothing to recover, which would be a mistake of this function.
    #[doc(hidden)]
    pub fn update_dying<T, E>(
        &mut self,
        torn: usize,
        change: impl FnOnce(S::Mut<'_>) -> Result<T, E>,
    ) -> Result<T, Failure<E>> {
        let (before, old) = (self.sequence(), self.region.image_bytes().to_vec());
        let outcome = self.update(change);
        if self.sequence() != before {
            self.region.tear(before, old.get(torn..).unwrap_or_default());
            assert_eq!(self.region.recover(), Recovery::Replayed);
            S::begin(&mut self.cells);
        }
        outcome
    }

    /// As [`update`](Self::update) by a transaction that has gone wild: `damage` is given every range that is to
    /// be written, and what it has made of it is committed if the field lets it pass.
    #[doc(hidden)]
    pub fn update_damaged<T, E>(
        &mut self,
        damage: &mut dyn FnMut(&mut [u8]),
        change: impl FnOnce(S::Mut<'_>) -> Result<T, E>,
    ) -> Result<T, Failure<E>> {
        self.update_with(change, |region, record| region.spoil(record, damage))
    }

    /// As a task that failed while it handled the next message of every consumer.
    #[doc(hidden)]
    pub fn fail_attempt(&mut self) -> Attempt {
        let mut attempt = Attempt::Ignored;
        let counted = self.carry_out(
            |cells| {
                attempt = S::attempt_failed(cells, FieldSet::ALL);
                Ok::<_, ()>(())
            },
            |_, record| record,
        );
        if counted.is_err() { Attempt::Ignored } else { attempt }
    }

    /// Bytes that the newest change took of `record`, without the record's own header.
    ///
    /// ```
    /// use perennial::prelude::*;
    /// #[daemon(mem = "64KiB")]
    /// struct Counter { count: u64 }
    ///
    /// let mut counter = Scratch::<Counter>::new();
    /// counter.update(|s| { *s.count = 7; Ok::<_, ()>(()) }).unwrap();
    /// assert_eq!(counter.record_used(), 32, "16 for what changes where, and eight bytes rounded up to 16");
    /// ```
    pub fn record_used(&self) -> usize {
        self.region.newest_len()
    }
}

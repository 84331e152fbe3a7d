//! The transaction's side of a flight: what a fresh child of the daemon does.
//!
//! Everything is shared with the parent by the fork: arguments, borrows, the read-only state; other slots it
//! does not inherit. The child gives up the daemon's heap, registers its word, runs the task and announces the
//! result. It never returns into the daemon's code.

use crate::daemon::{Core, Error, Handle, check};
use crate::fault::{self, Point};
use crate::flight::{children, word};
use crate::hot::HOT;
use crate::layout::SlotControl;
use crate::report::{self, announce};
use crate::state::{FieldSet, Message, State};
use crate::sys::{Errno, memory, process, robust};
use crate::{foreign, heap, logger};
use core::panic::AssertUnwindSafe;
use core::sync::atomic::Ordering;
use std::panic::catch_unwind;

const NOTHING: (*mut u8, usize) = (core::ptr::null_mut(), 0);

impl Core {
    fn become_flight(&mut self, slot: usize, stamp: u32) -> Result<(), Errno> {
        fault::point(Point::FlightBorn);
        process::die_with_parent(self.pid)?;
        children::mark(slot)?;
        let control = self.slots.control(slot);
        // A page that is first read is mapped together with its neighbours, one that is first written alone: the record
        // lies behind this one.
        // SAFETY: this flight's slot is mapped; volatile, or a read for nothing might be left out.
        unsafe { (&raw const (*control).robust.word).cast::<u32>().read_volatile() };
        // SAFETY: the cell lies in this flight's slot, which nobody else uses until this process is reaped.
        unsafe { robust::own(&raw mut (*control).robust) }?;
        let layout = *self.slots.layout();
        // What the task forks itself may outlive the flight: it must not reach what commits depend on, and may
        // only read the rest (`foreign`).
        let (protocol, len) = self.slots.protocol(slot);
        memory::keep_from_children(protocol, len)?;
        let (scratch, size) = self.slots.scratch(slot);
        // SAFETY: the daemon's heap is only read from now on: the allocator is told so by `enter`. The
        // scratch heap belongs to this flight, and the process has one thread.
        unsafe {
            memory::make_read_only(self.slots.heap(), layout.heap)?;
            heap::enter(scratch, size);
            HOT.crowded.store((&raw const (*control).crowded).cast_mut(), Ordering::Relaxed);
            let tid = (*control).robust.word.load(Ordering::Relaxed) & robust::TID;
            foreign::note(tid as i32, [(scratch, size), (self.slots.shared(), layout.shared), NOTHING]);
            report::direct(
                &raw mut (*control).report,
                (&raw const (*control).robust.word).cast_mut(),
                (&raw const (*control).refused).cast_mut(),
            );
            self.log().open(self.slots.space(slot), stamp, &raw const (*control).touched);
        }
        Ok(())
    }

    fn put_result<T: Message>(&self, slot: usize, value: &T) {
        let control = self.slots.control(slot);
        // SAFETY: the result area lies in this flight's slot; the macro's constant check bounds the size.
        unsafe {
            let result = core::slice::from_raw_parts_mut(
                (&raw mut (*control).result).cast::<u8>(),
                size_of::<[u8; 2048]>(),
            );
            if let Some(out) = result.get_mut(..T::SIZE) {
                value.encode(out);
            }
            (*control).result_len.store(T::SIZE as u64, Ordering::Relaxed);
        }
    }
}

impl<S: State> Handle<S> {
    /// What the user's check says of the task's work.
    fn validate_flight(&self) -> Result<(), Error> {
        // What changed nothing is not asked about, as in an update.
        if S::VALIDATES && !self.core.log().is_empty() { check::<S>(&self.cells) } else { Ok(()) }
    }

    /// Runs `task` as the flight in `slot` and ends the process.
    #[inline(never)]
    pub(super) fn fly<T, E, F>(&mut self, slot: usize, stamp: u32, exclusive: FieldSet, task: F) -> !
    where
        T: Message,
        E: Message,
        F: FnOnce(S::Mut<'_>) -> Result<T, E>,
    {
        logger::become_transaction();
        children::leave();
        if self.core.become_flight(slot, stamp).is_err() {
            process::exit(71);
        }
        S::begin(&mut self.cells);
        fault::point(Point::FlightStarted);
        let outcome = catch_unwind(AssertUnwindSafe(|| task(S::lend(&mut self.cells))));
        fault::point(Point::FlightReturned);
        let state = match outcome {
            Err(payload) => {
                // The message is in the report; dropping the payload could run code of the user's.
                core::mem::forget(payload);
                word::PANICKED
            }
            Ok(_) if self.core.log().overrun() => word::OVERRUN,
            Ok(Err(error)) => {
                self.core.put_result(slot, &error);
                word::FAILED
            }
            Ok(Ok(value)) => {
                let gathered = S::gather(&mut self.cells, exclusive);
                if gathered.is_ok()
                    && let Err(why) = self.validate_flight()
                {
                    self.core.put_result(slot, why.text());
                    word::INVALID
                } else if gathered.and_then(|()| self.core.log().hand_over()).is_ok() {
                    self.core.put_result(slot, &value);
                    word::PREPARED
                } else {
                    word::OVERRUN
                }
            }
        };
        fault::point(Point::FlightRecorded);
        announce(state);
        fault::point(Point::FlightAnnounced);
        process::exit(0)
    }
}

const _: () = assert!(core::mem::offset_of!(SlotControl, result) + 2048 <= crate::layout::PAGE);

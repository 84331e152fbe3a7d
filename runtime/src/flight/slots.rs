//! A daemon's share of the slot arena: its heap and its slots.
//!
//! A slot whose process has not been reaped is quarantined: until then something of it may still run.

use super::children;
use crate::commit::{Space, index_words};
use crate::hot::HOT;
use crate::layout::{Layout, SLOT_RECORD, SLOTS, SlotControl};
use crate::sys::{Errno, clock, futex, memory, process, robust};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

/// When a word that still has an owner is not believed any more. Who has written over it, or over what leads to it in the
/// robust list, has it say for ever that its owner lives.
const UNSAID: Duration = Duration::from_millis(20);

/// The share of the slot arena and who uses it.
pub struct Slots {
    share: *mut u8,
    layout: Layout,
    /// The slot that children inherit; `None` when that is not known.
    inherited: Option<usize>,
    /// `child_ended` before the newest launch.
    ended_before: u32,
}

impl Slots {
    /// Takes possession of a share.
    ///
    /// # Safety
    /// `share` must be mapped writable with the size that `layout` gives, for as long as the value lives.
    pub unsafe fn new(share: *mut u8, layout: &Layout) -> Self {
        Self { share, layout: *layout, inherited: None, ended_before: 0 }
    }

    /// The daemon's heap, which opens the share.
    pub fn heap(&self) -> *mut u8 {
        self.share
    }

    /// What the daemon and its transactions may all write.
    pub fn shared(&self) -> *mut u8 {
        self.share.wrapping_add(self.layout.heap)
    }

    /// Empties that, after a restart.
    pub fn clear_shared(&self) {
        // SAFETY: inside the share; whoever else could use it is dead.
        unsafe { core::ptr::write_bytes(self.shared(), 0, self.layout.shared) };
    }

    pub(super) fn base(&self, slot: usize) -> *mut u8 {
        self.share.wrapping_add(self.layout.slot_at(slot))
    }

    pub(super) fn control(&self, slot: usize) -> *mut SlotControl {
        self.base(slot).cast()
    }

    pub(super) fn word(&self, slot: usize) -> &AtomicU32 {
        // SAFETY: the control page lies in the share; the word is an atomic.
        unsafe { &(*self.control(slot)).robust.word }
    }

    pub(super) fn record(&self, slot: usize) -> *const u8 {
        self.base(slot).wrapping_add(SLOT_RECORD)
    }

    pub(super) fn space(&self, slot: usize) -> Space {
        Space {
            record: self.base(slot).wrapping_add(SLOT_RECORD),
            record_len: self.layout.record,
            index: self.base(slot).wrapping_add(self.layout.slot_index_at).cast(),
            index_len: index_words(self.layout.record),
        }
    }

    pub(super) fn scratch(&self, slot: usize) -> (*mut u8, usize) {
        (self.base(slot).wrapping_add(self.layout.slot_scratch_at), self.layout.scratch)
    }

    /// The consumers that the task in `slot` says it has looked at.
    pub(super) fn touched(&self, slot: usize) -> u64 {
        // SAFETY: the control page lies in the share; the word is an atomic.
        unsafe { &(*self.control(slot)).touched }.load(Ordering::Acquire)
    }

    /// Whether what the task in `slot` failed for is, as it says, that a ring had no room.
    pub(super) fn is_crowded(&self, slot: usize) -> bool {
        // SAFETY: as in `touched`.
        unsafe { &(*self.control(slot)).crowded }.load(Ordering::Acquire) != 0
    }

    /// The part of a slot that commits depend on: everything before the heap.
    pub(super) fn protocol(&self, slot: usize) -> (*mut u8, usize) {
        (self.base(slot), self.layout.slot_scratch_at)
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Makes every slot free after a restart.
    pub fn clear(&self) {
        for slot in 0..SLOTS {
            self.word(slot).store(super::word::FREE, Ordering::Release);
        }
    }

    /// Waits until no transaction of a predecessor runs any more, or until `deadline`. Root has killed them
    /// all when it noticed the predecessor's death; the kernel marks their words before it takes them down.
    /// Returns whether they are gone.
    pub fn wait_until_quiet(&self, deadline: Duration) -> bool {
        let unsaid = deadline.min(clock::monotonic().saturating_add(UNSAID));
        (0..SLOTS).all(|slot| {
            loop {
                let now = self.word(slot).load(Ordering::Acquire);
                if !robust::owned(now) {
                    return true;
                }
                if clock::monotonic() >= unsaid {
                    return children::await_strangers_end(slot, (now & robust::TID) as i32, deadline);
                }
                let _ = futex::wait(self.word(slot), now, Some(unsaid));
            }
        })
    }

    /// Prepares the fork of a child for `slot`: it inherits no other slot, and its end is not missed.
    ///
    /// # Errors
    /// What madvise answers, which is nothing but a lack of memory.
    pub(super) fn about_to_launch(&mut self, slot: usize) -> Result<(), Errno> {
        if self.inherited != Some(slot) {
            let known = self.inherited.take();
            for other in (0..SLOTS).filter(|&other| other != slot && known.is_none_or(|known| known == other))
            {
                memory::keep_from_children(self.base(other), self.layout.slot)?;
            }
            memory::leave_to_children(self.base(slot), self.layout.slot)?;
            self.inherited = Some(slot);
        }
        self.ended_before = HOT.child_ended.load(Ordering::SeqCst);
        Ok(())
    }

    /// What the daemon may write in its share: the heap, with what is shared behind it, and every slot.
    pub fn ranges(&self) -> [(*mut u8, usize); 1 + SLOTS] {
        core::array::from_fn(|part| match part.checked_sub(1) {
            None => (self.share, self.layout.heap + self.layout.shared),
            Some(slot) => (self.base(slot), self.layout.slot),
        })
    }

    /// Makes every slot a mapping of its own, so that [`about_to_launch`](Self::about_to_launch) neither splits
    /// nor joins any: neighbours differ in advice that means nothing for shared memory.
    ///
    /// # Errors
    /// What madvise answers, which is nothing but a lack of memory.
    pub fn part(&self) -> Result<(), Errno> {
        (0..SLOTS).step_by(2).try_for_each(|slot| memory::tell_apart(self.base(slot), self.layout.slot))
    }

    /// Whether some child has ended since the newest launch.
    pub(super) fn some_ended(&self) -> bool {
        HOT.child_ended.load(Ordering::SeqCst) != self.ended_before
    }

    /// Whether the process of `slot` has ended; it stays unreaped. Asks the kernel only if some child has
    /// ended since the launch.
    pub(super) fn has_ended(&self, slot: usize, ended: u32) -> bool {
        ended != self.ended_before && children::flight(slot).is_none_or(process::has_ended)
    }

    /// A slot that nobody uses; if there is none, the process of one is killed: it has announced its end and not
    /// come to it.
    pub(super) fn acquire() -> usize {
        let vacant = |force| (0..SLOTS).find(|&slot| children::vacate(slot, force));
        vacant(false).or_else(|| vacant(true)).unwrap_or(0)
    }
}

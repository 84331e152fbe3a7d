//! The part of a handle that does not depend on the daemon's type: memory, log, slots, links.

use super::birth::Boot;
use super::links::{self, Links};
use crate::collections::Metadata;
use crate::commit::{Header, Log, Region, Span};
use crate::fault::{self, Point};
use crate::flight::Slots;
use crate::layout::IMAGE;
use crate::root::{Block, Descriptor, Entry, Tree};
use crate::state::{FieldSet, Place, Role, Shape, shared_end};
use core::ptr::NonNull;
use core::sync::atomic::Ordering;
use core::time::Duration;

/// Descriptors that a daemon can wait on.
pub const MOST_WATCHED: usize = 16;

/// The type-independent part of a daemon's process.
pub struct Core {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) generation: u64,
    pub(crate) pid: i32,
    pub(crate) tree: &'static Tree,
    pub(crate) view: *const u8,
    pub(crate) block: *const Block,
    pub(crate) entries: *const Entry,
    pub(crate) entry: *const Entry,
    pub(crate) region: Region,
    pub(crate) log: NonNull<Log>,
    pub(crate) stamp: u32,
    pub(crate) slots: Slots,
    pub(crate) links: &'static Links,
    pub(crate) consumers: FieldSet,
    /// Whether this incarnation has said that it is ready.
    pub(super) ready: bool,
    /// The requests to read configuration again that the program knows of.
    pub(super) reloads: u32,
    pub(crate) doorbell: i32,
    pub(crate) alarm: Option<Duration>,
    pub(crate) watched: [i32; MOST_WATCHED],
}

impl Core {
    /// Puts the parts together.
    ///
    /// # Safety
    /// The process must be daemon `boot.index`, with its region and share mapped and its own; `log` must
    /// live until the process ends. To be called once.
    pub unsafe fn new(boot: &Boot, log: NonNull<Log>) -> Self {
        let descriptor = &boot.tree.daemons[boot.index];
        let at = boot.tree.region_at(boot.index);
        let mut consumers = FieldSet::NONE;
        for (i, field) in descriptor.fields.iter().enumerate() {
            if matches!(field.shape, Shape::Ring(end) if end.role == Role::Consumer) {
                consumers = consumers.with(i);
            }
        }
        // SAFETY: the caller's contract.
        unsafe {
            let region = Region::new(
                boot.arenas.alias.add(at),
                boot.arenas.view.add(at),
                descriptor.layout,
                descriptor.fields,
            );
            Self {
                descriptor,
                generation: boot.generation,
                pid: boot.pid,
                tree: boot.tree,
                view: boot.arenas.view,
                block: boot.arenas.seen_block(),
                entries: (&raw const boot.arenas.seen_block().entries).cast(),
                entry: &raw const boot.arenas.seen_block().entries[boot.index],
                stamp: region.header().stamp.load(Ordering::Relaxed),
                region,
                log,
                slots: Slots::new(boot.arenas.slots.add(boot.tree.share_at(boot.index)), &descriptor.layout),
                links: links::find(boot),
                consumers,
                ready: false,
                reloads: boot.arenas.seen_block().entries[boot.index].desired.load(Ordering::Acquire) & !1,
                doorbell: boot.doorbells[boot.index],
                alarm: None,
                watched: [-1; MOST_WATCHED],
            }
        }
    }

    /// Where field `index` lies.
    pub fn place(&self, index: usize) -> Place {
        let field = &self.descriptor.fields[index];
        let fields = self.descriptor.fields;
        let image = match field.shape {
            Shape::Shared { .. } => self.slots.shared().wrapping_add(shared_end(fields, index)).cast_const(),
            _ => self.region.image().wrapping_add(field.offset),
        };
        // SAFETY: the field lies in the image, or in what is shared, by the table's contract; the view and the log stay until the
        // process ends; peers' places lie in the view too.
        unsafe {
            Place::new(
                image,
                field.size,
                IMAGE + field.offset,
                index,
                self.region.seen(),
                self.links[index].map(|link| link.peer),
                self.log,
            )
        }
    }

    pub(crate) fn log(&self) -> &Log {
        // SAFETY: lives until the process ends; never borrowed mutably.
        unsafe { self.log.as_ref() }
    }

    /// A stamp that no earlier record of the daemon used, in this incarnation or before.
    pub(crate) fn next_stamp(&mut self) -> u32 {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            // After 2^32 records stamps come again: forget what the index words say. A death on the way leaves
            // the last stamp in the header, and so begins this anew.
            let journal = self.region.journal();
            // SAFETY: the index belongs to this process, and no record is open.
            unsafe { core::ptr::write_bytes(journal.index, 0, journal.index_len) };
            self.stamp = 1;
        }
        self.region.header().stamp.store(self.stamp, Ordering::Release);
        self.stamp
    }

    /// Commits the record in the journal and wakes who waits for it.
    pub(crate) fn commit(&self, record: Header) {
        let moved = self.region.commit(record);
        self.wake(moved);
        fault::point(Point::CommitWoken);
    }

    fn wake(&self, moved: u64) {
        let mut rest = moved;
        while rest != 0 {
            let field = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if let Some(link) = &self.links[field] {
                // SAFETY: the view is always mapped; only an address is computed.
                links::wake(link, unsafe { &raw const (*self.region.seen()).positions[field] });
            }
        }
    }

    /// Wakes every peer: a predecessor may have died between applying and waking.
    pub(crate) fn wake_everybody(&self) {
        crate::sys::futex::wake(crate::commit::lock_word(self.region.header()));
        for (field, link) in self.links.iter().enumerate() {
            if let Some(link) = link {
                // SAFETY: as in `wake`.
                links::wake_always(link, unsafe { &raw const (*self.region.seen()).positions[field] });
            }
        }
    }

    /// Where ring end `field` may stand after a commit: positions are monotone, and within what the ring holds.
    pub(crate) fn span(&self, field: usize) -> Option<Span> {
        let (link, own) = (self.links.get(field)?.as_ref()?, self.region.header().positions.get(field)?);
        // SAFETY: the peer's header is always mapped.
        let other = unsafe { &*link.peer.position }.load(Ordering::Acquire);
        let own = own.load(Ordering::Relaxed);
        let most = match link.role {
            // A peer that claims more than there was makes no more room than the ring has.
            Role::Producer => other.min(own).saturating_add(link.capacity),
            Role::Consumer => other,
        };
        Some(Span { own, most })
    }

    /// Whether the next message of consumer `field` has failed as often as it may; and whether there is no room
    /// to set it aside either.
    pub(crate) fn is_spent(&self, field: usize) -> (bool, bool) {
        let (Some(link), Some(info)) = (self.links[field], self.descriptor.fields.get(field)) else {
            return (false, false);
        };
        let Some(end) = info.ring().filter(|end| end.role == Role::Consumer) else { return (false, false) };
        let metadata = self.region.image().wrapping_add(info.offset).cast::<Metadata>();
        // SAFETY: a consumer's image begins with its metadata, of which all bytes are valid.
        let metadata = unsafe { core::ptr::read_unaligned(metadata) };
        let position = self.region.header().positions[field].load(Ordering::Relaxed);
        let spent = metadata.is_spent(position, link.peer.attempts);
        (spent, spent && metadata.is_full(end.letters))
    }

    /// The consumers among `noted` whose next message has failed as often as it may.
    pub(crate) fn spent(&self, noted: FieldSet) -> FieldSet {
        let mut rest = noted.bits();
        let mut spent = FieldSet::NONE;
        while rest != 0 {
            let field = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if self.is_spent(field).0 {
                spent = spent.with(field);
            }
        }
        spent
    }

    /// Notes that an attempt begins, so that a crash counts as one. For a flight, `fields` are its exclusive
    /// borrows, and the consumers among them that have a message are noted at once; for an update of the
    /// daemon's own they are noted when they are looked at. A later commit makes the note void. Returns what
    /// was noted.
    pub(crate) fn note_attempt(&self, fields: FieldSet) -> FieldSet {
        if self.consumers == FieldSet::NONE {
            return FieldSet::NONE;
        }
        let header = self.region.header();
        let mut noted = FieldSet::NONE;
        for (field, link) in self.links.iter().enumerate() {
            let Some(link) = link else { continue };
            if fields.has(field) && link.role == Role::Consumer {
                // SAFETY: the peer's header is always mapped.
                let published = unsafe { &*link.peer.position }.load(Ordering::Acquire);
                if published > header.positions[field].load(Ordering::Relaxed) {
                    noted = noted.with(field);
                }
            }
        }
        header.attempting_at.store(u64::MAX, Ordering::Relaxed);
        header.attempting.store(noted.bits(), Ordering::Release);
        header.attempting_at.store(header.published.load(Ordering::Relaxed), Ordering::Release);
        noted
    }

    /// The consumers that the update under way has looked at.
    pub(crate) fn noted_attempt(&self) -> FieldSet {
        FieldSet::from_bits(self.region.header().attempting.load(Ordering::Acquire) & self.consumers.bits())
    }

    /// Takes the note back.
    pub(crate) fn end_attempt(&self) {
        if self.consumers != FieldSet::NONE {
            self.region.header().attempting.store(0, Ordering::Release);
        }
    }

    /// The consumers whose message a predecessor was handling when it died.
    pub(crate) fn interrupted_attempt(&self) -> FieldSet {
        let header = self.region.header();
        let at = header.attempting_at.load(Ordering::Acquire);
        if at == header.published.load(Ordering::Relaxed) { self.noted_attempt() } else { FieldSet::NONE }
    }
}

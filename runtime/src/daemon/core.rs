//! The part of a handle that does not depend on the daemon's type: memory, log, slots, links.

use super::birth::Boot;
use super::links::{self, Link, Links};
use super::subscribe::Subscriptions;
use crate::collections::Metadata;
use crate::commit::{Header, Log, Region, Rejected, Span};
use crate::fault::{self, Point};
use crate::flight::Slots;
use crate::layout::IMAGE;
use crate::root::{Block, Descriptor, Entry, MOST_DAEMONS, Tree};
use crate::state::{FieldSet, Peer, Place, RingEnd, Role, Shape, WhenFull, freed, live_end, shared_end};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
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
    /// Consumers whose messages may be overwritten before they are taken.
    lossy: FieldSet,
    /// Producers that wait when they are full.
    pub(super) patient: FieldSet,
    /// Whether this incarnation has said that it is ready.
    pub(super) ready: bool,
    /// The requests to read configuration again that the program knows of.
    pub(super) reloads: u32,
    /// The requests to deliver dead letters again that this incarnation has carried out.
    pub(super) replays_seen: u32,
    pub(crate) doorbell: i32,
    /// Every daemon's.
    pub(super) doorbells: [i32; MOST_DAEMONS],
    pub(super) subscriptions: Subscriptions,
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
        // SAFETY: the caller's contract.
        unsafe {
            let links = links::find(boot);
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
                subscriptions: Subscriptions::new(boot.tree, boot.index, region.header()),
                region,
                log,
                slots: Slots::new(boot.arenas.slots.add(boot.tree.share_at(boot.index)), &descriptor.layout),
                consumers: links.which(|link, _| link.role == Role::Consumer),
                lossy: links.which(|link, peers| {
                    link.role == Role::Consumer
                        && peers.iter().any(|peer| peer.when_full == WhenFull::DropOldest)
                }),
                patient: links.which(|link, peers| {
                    link.role == Role::Producer && peers.iter().any(|peer| peer.when_full == WhenFull::Wait)
                }),
                links,
                ready: false,
                reloads: Self::reloads(
                    boot.arenas.seen_block().entries[boot.index].desired.load(Ordering::Acquire),
                ),
                // No count: what the predecessor has not come to is looked for in any case.
                replays_seen: u32::MAX,
                doorbell: boot.doorbells[boot.index],
                doorbells: boot.doorbells,
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
        let live = matches!(field.shape, Shape::Ring(end) if end.role == Role::Live)
            .then(|| self.region.layout().live_at + live_end(fields, index));
        let image = live.map_or(image, |at| self.region.seen().cast::<u8>().wrapping_add(at));
        // SAFETY: the field lies in the image, in what is shared, or among live rings, by the table's contract; the view
        // and the log stay until the process ends; peers' places lie in the view too.
        let place = unsafe {
            Place::new(
                image,
                field.size,
                IMAGE + field.offset,
                index,
                self.region.seen(),
                self.links.of(index),
                self.log,
            )
        };
        // SAFETY: the same bytes of the region, in the alias, which the daemon keeps until it ends.
        live.map_or(place, |at| unsafe { place.writable_at(self.region.alias().wrapping_add(at)) })
    }

    pub(crate) fn log(&self) -> &Log {
        // SAFETY: lives until the process ends; never borrowed mutably.
        unsafe { self.log.as_ref() }
    }

    /// A stamp that no earlier record of the daemon used, in this incarnation or before.
    #[inline]
    pub(crate) fn next_stamp(&mut self) -> u32 {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.begin_stamps_anew();
        }
        self.region.header().stamp.store(self.stamp, Ordering::Release);
        self.stamp
    }

    /// After 2^32 records stamps come again: forgets what the index words say. A death on the way leaves the last stamp
    /// in the header, and so begins this anew.
    #[cold]
    fn begin_stamps_anew(&mut self) {
        let journal = self.region.journal();
        // SAFETY: the index belongs to this process, and no record is open.
        unsafe { core::ptr::write_bytes(journal.index, 0, journal.index_len) };
        self.stamp = 1;
    }

    /// Commits the record in the journal and wakes who waits for it.
    ///
    /// # Errors
    /// As [`Region::commit`](crate::commit::Region::commit).
    pub(crate) fn commit(&self, record: Header) -> Result<(), Rejected> {
        let moved = self.region.commit(record)?;
        if moved != 0 {
            self.wake(moved);
        }
        self.wake_subscribers();
        fault::point(Point::CommitWoken);
        Ok(())
    }

    #[inline(never)]
    fn wake(&self, moved: u64) {
        for field in FieldSet::from_bits(moved).iter() {
            if self.consumers.has(field) {
                self.wake_peers(field, links::wake_producer);
            } else {
                self.wake_peers(field, links::wake_consumer);
            }
        }
    }

    fn wake_peers(&self, field: usize, wake: impl Fn(&Peer, *const AtomicU64)) {
        let Some(link) = self.links.get(field) else { return };
        let position = match link.role {
            // SAFETY: the view is always mapped; only an address is computed.
            Role::Producer | Role::Consumer => unsafe { &raw const (*self.region.seen()).positions[field] },
            Role::Live => self.place(field).committed().cast(),
            // Who pushes there waits for nobody.
            Role::LiveReader => return,
        };
        for peer in self.links.peers(link) {
            wake(peer, position);
        }
    }

    /// Wakes every peer: a predecessor may have died between applying and waking.
    pub(crate) fn wake_everybody(&self) {
        crate::sys::futex::wake(crate::commit::lock_word(self.region.header()));
        self.wake_subscribers();
        for (field, _, _) in self.links.iter() {
            self.wake_peers(field, links::wake_always);
        }
    }

    /// The committed position of ring end `field`.
    fn position(&self, field: usize) -> u64 {
        self.region.header().positions.get(field).map_or(0, |position| position.load(Ordering::Relaxed))
    }

    /// Where ring end `field` may stand after a commit: positions are monotone, and within what the ring holds.
    pub(crate) fn span(&self, field: usize) -> Option<Span> {
        let link = self.links.get(field)?;
        let (own, peers) = (self.position(field), self.links.peers(link));
        let most = match link.role {
            // A peer that claims more than there was makes no more room than the ring has.
            Role::Producer => freed(own, peers).saturating_add(link.capacity),
            Role::Consumer | Role::LiveReader => peers.first()?.position(),
            // It moves outside of commits.
            Role::Live => return None,
        };
        Some(Span { own, most })
    }

    /// Whether the producer `link` that stands at `own` has room.
    pub(super) fn has_room(own: u64, link: &Link, peers: &[Peer]) -> bool {
        own.saturating_sub(freed(own, peers)) < link.capacity
    }

    /// Whether consumer `field` has a message.
    pub(super) fn has_message(&self, field: usize, peers: &[Peer]) -> bool {
        let ring =
            peers.first().is_some_and(|peer| peer.position() > self.position(field) && !peer.is_unreadable());
        ring || self.metadata(field).is_some_and(|metadata| metadata.replays() != 0)
    }

    /// What consumer `field` keeps besides its position.
    pub(super) fn metadata(&self, field: usize) -> Option<Metadata> {
        let info = self.descriptor.fields.get(field)?;
        info.ring().filter(|end| end.role == Role::Consumer)?;
        let metadata = self.region.image().wrapping_add(info.offset).cast::<Metadata>();
        // SAFETY: a consumer's image begins with its metadata, of which all bytes are valid.
        Some(unsafe { core::ptr::read_unaligned(metadata) })
    }

    /// What consumer `field` takes next: what it keeps, the other end, its own, and the message's position.
    fn next(&self, field: usize) -> Option<(Metadata, &Peer, RingEnd, u64)> {
        let (link, metadata) = (self.links.get(field)?, self.metadata(field)?);
        let (peer, end) = (self.links.peers(link).first()?, self.descriptor.fields.get(field)?.ring()?);
        let position = if metadata.replays() != 0 {
            self.first_letter(field, &metadata, &end)
        } else if peer.when_full == WhenFull::DropOldest {
            self.position(field).max(peer.position().saturating_sub(link.capacity))
        } else {
            self.position(field)
        };
        Some((metadata, peer, end, position))
    }

    /// Whether the next message of consumer `field` has failed as often as it may.
    fn is_spent(&self, field: usize) -> bool {
        self.next(field)
            .is_some_and(|(metadata, peer, _, position)| metadata.is_spent(position, peer.attempts))
    }

    /// Whether the next message of consumer `field` can be neither handled nor set aside: it has failed as often as it
    /// may, or is no value of its type, and there is no room for another dead letter. Should it be overwritten meanwhile,
    /// the producer's position moves, and whoever waits for that looks again.
    pub(super) fn is_stuck(&self, field: usize) -> bool {
        let Some((metadata, peer, end, position)) = self.next(field) else { return false };
        // What a letter leaves when it is delivered again is room for it.
        metadata.replays() == 0
            && metadata.is_full(end.letters)
            && (metadata.is_spent(position, peer.attempts) || !(end.decodes)(peer, end.capacity, position))
    }

    /// The position of the first dead letter of consumer `field`.
    fn first_letter(&self, field: usize, metadata: &Metadata, end: &RingEnd) -> u64 {
        let info = &self.descriptor.fields[field];
        let at = metadata.letter_at(0, end.size, end.letters);
        if at + size_of::<u64>() > info.size {
            return u64::MAX;
        }
        let position = self.region.image().wrapping_add(info.offset + at).cast::<[u8; 8]>();
        // SAFETY: inside the field by the check above; the view is always mapped.
        u64::from_le_bytes(unsafe { core::ptr::read_unaligned(position) })
    }

    /// The consumers among `noted` whose next message has failed as often as it may.
    pub(crate) fn spent(&self, noted: FieldSet) -> FieldSet {
        let mut spent = FieldSet::NONE;
        for field in noted.iter() {
            if self.is_spent(field) {
                spent = spent.with(field);
            }
        }
        spent
    }

    /// Notes that an attempt begins, so that a crash counts as one. For a flight, `fields` are its exclusive
    /// borrows, and the consumers among them that have a message are noted at once; for an update of the
    /// daemon's own they are noted when they are looked at. A later commit makes the note void. Returns what
    /// was noted.
    #[inline]
    pub(crate) fn note_attempt(&self, fields: FieldSet) -> FieldSet {
        if self.consumers == FieldSet::NONE { FieldSet::NONE } else { self.note_attempt_at(fields) }
    }

    #[inline(never)]
    fn note_attempt_at(&self, fields: FieldSet) -> FieldSet {
        let header = self.region.header();
        let mut noted = FieldSet::NONE;
        for field in FieldSet::from_bits(fields.bits() & self.consumers.bits()).iter() {
            if self.links.get(field).is_some_and(|link| self.has_message(field, self.links.peers(link))) {
                noted = noted.with(field);
            }
        }
        header.attempting_at.store(u64::MAX, Ordering::Relaxed);
        if self.lossy != FieldSet::NONE {
            header.attempted.store(self.stand(), Ordering::Relaxed);
        }
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
        if at == header.published.load(Ordering::Relaxed) {
            self.not_overtaken(self.noted_attempt())
        } else {
            FieldSet::NONE
        }
    }

    /// Those of `noted` whose next message is still the one that was noted. A consumer that was overtaken by its producer
    /// meanwhile stands at another, which has not been tried; where there are several that this can happen to, none is
    /// believed to stand where it did unless all do.
    pub(crate) fn not_overtaken(&self, noted: FieldSet) -> FieldSet {
        if noted.bits() & self.lossy.bits() == 0
            || self.region.header().attempted.load(Ordering::Relaxed) == self.stand()
        {
            return noted;
        }
        FieldSet::from_bits(noted.bits() & !self.lossy.bits())
    }

    /// Where the consumers stand that can be overtaken: each only moves on, so their sum is the same only if all are.
    fn stand(&self) -> u32 {
        let at = |field| self.next(field).map_or(0, |(.., position)| position as u32);
        self.lossy.iter().fold(0, |sum, field| sum.wrapping_add(at(field)))
    }
}

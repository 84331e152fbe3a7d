//! The table of fields: what a reader, the verifier of records and the budget know about a field.

use super::{Field, Message, Peer};
use crate::collections::decodes;
use core::any::TypeId;

/// Which end of a ring a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Pushes.
    Producer,
    /// Pops.
    Consumer,
    /// Pushes outside of commits.
    Live,
    /// Reads what a `Live` has pushed.
    LiveReader,
}

impl Role {
    /// Which end the other one is.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Producer => Self::Consumer,
            Self::Consumer => Self::Producer,
            Self::Live => Self::LiveReader,
            Self::LiveReader => Self::Live,
        }
    }

    /// Whether it stands left of the arrow.
    pub const fn is_source(self) -> bool {
        matches!(self, Self::Producer | Self::Live)
    }
}

/// What `root!` must know of a ring end to wire it to its peer.
#[derive(Clone, Copy, Debug)]
pub struct RingEnd {
    /// Producer or consumer.
    pub role: Role,
    /// Messages the ring holds.
    pub capacity: usize,
    /// Dead letters that a consumer keeps.
    pub letters: usize,
    /// Encoded size of a message in bytes.
    pub size: usize,
    /// Identifies the message type by name and layout.
    pub fingerprint: u64,
    /// Whether a producer of so many such messages has one at a position, or only bytes.
    pub decodes: fn(producer: &Peer, capacity: usize, position: u64) -> bool,
}

impl RingEnd {
    /// Describes an end of a ring of `capacity` messages of type `T` that keeps `letters` dead letters.
    pub const fn of<T: Message>(role: Role, capacity: usize, letters: usize) -> Self {
        let (size, fingerprint, decodes) = (size_of::<T::Wire>(), T::FINGERPRINT, decodes::<T>);
        Self { role, capacity, letters, size, fingerprint, decodes }
    }

    /// Bytes that it takes in the region outside of the image.
    pub const fn outside(&self) -> usize {
        match self.role {
            Role::Live => {
                let slots = self.capacity.saturating_mul(8 * live_words(self.size));
                slots.saturating_add(LIVE_HEAD).saturating_add(SHARED_ALIGN - 1) / SHARED_ALIGN * SHARED_ALIGN
            }
            Role::Producer | Role::Consumer | Role::LiveReader => 0,
        }
    }
}

/// What kind of field it is.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A plain value, copied for writing and compared at commit.
    Plain,
    /// A collection that logs its own writes.
    Collection,
    /// A collection whose bytes from `data` on are written in extents, whole grains of them.
    Area {
        /// Where they begin, counted from the start of the field.
        data: usize,
    },
    /// A collection that is an end of a ring and has a position in the region's header.
    Ring(RingEnd),
    /// No state: memory that the whole family may write, outside of the image.
    Shared {
        /// Its size there, in bytes.
        size: usize,
        /// Its alignment, at most [`SHARED_ALIGN`].
        align: usize,
    },
}

/// Alignment of each shared field's memory.
pub const SHARED_ALIGN: usize = 64;

/// Bytes of shared memory that the first `count` of `fields` take, which is where that of the next one begins.
pub const fn shared_end(fields: &[FieldInfo], count: usize) -> usize {
    let mut end = 0;
    let mut i = 0;
    while i < count {
        if let Shape::Shared { size, .. } = fields[i].shape {
            end += size.next_multiple_of(SHARED_ALIGN);
        }
        i += 1;
    }
    end
}

/// Bytes before the first slot of a live ring, the first eight of which are its position.
pub const LIVE_HEAD: usize = 64;

/// Words of a slot of a live ring for messages of `size` bytes: a sequence number and the message.
pub const fn live_words(size: usize) -> usize {
    1 + size.div_ceil(8)
}

/// Bytes that live rings among the first `count` of `fields` take, which is where that of the next one begins.
pub const fn live_end(fields: &[FieldInfo], count: usize) -> usize {
    let mut end = 0_usize;
    let mut i = 0;
    while i < count {
        if let Some(ring) = fields[i].ring() {
            end = end.saturating_add(ring.outside());
        }
        i += 1;
    }
    end
}

/// One row of a daemon's table of fields.
#[derive(Clone, Copy)]
pub struct FieldInfo {
    /// The field's name as written.
    pub name: &'static str,
    /// The field's type as written.
    pub ty: &'static str,
    /// Offset in the image, in bytes.
    pub offset: usize,
    /// Size in the image, in bytes.
    pub size: usize,
    /// Kind of field.
    pub shape: Shape,
    /// Bytes of record that the field's largest indivisible change needs.
    pub largest: usize,
    /// Identifies the field's type within this program.
    pub type_id: fn() -> TypeId,
    /// Whether `bytes`, to be written at `offset` from the field's start, are acceptable to it.
    pub check_write: fn(offset: usize, bytes: &[u8]) -> bool,
    /// Whether the field's image is valid as a whole; must cost no more than the field's metadata.
    pub check_image: fn(bytes: &[u8]) -> bool,
}

impl FieldInfo {
    /// The row for a field of type `F`.
    pub const fn of<F: Field + ?Sized>(name: &'static str, ty: &'static str, offset: usize) -> Self {
        Self {
            name,
            ty,
            offset,
            size: size_of::<F::Image>(),
            shape: F::SHAPE,
            largest: F::LARGEST,
            type_id: TypeId::of::<F::Image>,
            check_write: F::check_write,
            check_image: F::check_image,
        }
    }

    /// Whether what is written at `offset` from the field's start is an extent.
    pub const fn is_extent(&self, offset: usize) -> bool {
        matches!(self.shape, Shape::Area { data } if offset >= data)
    }

    /// The ring end, if the field is one.
    pub const fn ring(&self) -> Option<RingEnd> {
        match self.shape {
            Shape::Ring(end) => Some(end),
            Shape::Plain | Shape::Collection | Shape::Area { .. } | Shape::Shared { .. } => None,
        }
    }
}

impl core::fmt::Debug for FieldInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {} at {} size {}", self.name, self.ty, self.offset, self.size)
    }
}

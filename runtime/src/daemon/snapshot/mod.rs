//! Reading what another daemon publishes: fields as one commit left them, with the version that they belong to.
//!
//! The reader copies and then looks whether anything was committed meanwhile ([`crate::commit::read`]): it stops
//! nobody, and nobody stops it but a writer that died within a commit, whose successor it awaits up to a deadline.

mod published;

pub use published::{PublishedField, Publishes, Show, Shown, copied, publishes};

use super::Handle;
use crate::commit::{Busy, racing, read, read_at_once};
use crate::layout::{IMAGE, RegionHeader};
use crate::state::{Plain, State};
use core::any::TypeId;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering;
use core::time::Duration;

/// What another daemon publishes, or one field of it, as one commit left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// The value.
    pub value: T,
    /// The incarnation that the peer was in when it was read.
    pub generation: u64,
    /// Counts the peer's resets, and its commits that were undone: two states with the same are one history.
    pub epoch: u64,
    /// Number of the newest commit of the peer that the value contains.
    pub sequence: u64,
}

/// Why another daemon's state could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The tree has no such daemon.
    #[error("the tree has no daemon `{0}`: list it in root!")]
    NoDaemon(&'static str),
    /// The daemon has no such field.
    #[error("daemon `{0}` has no field of that name")]
    NoField(&'static str),
    /// The field is not for others.
    #[error("daemon `{daemon}` does not publish `{field}`: add #[publish] to the field")]
    Unpublished {
        /// The daemon.
        daemon: &'static str,
        /// The field.
        field: &'static str,
    },
    /// The field is of another type.
    #[error("the field is of type `{0}`")]
    OtherType(&'static str),
    /// What lies in a field is no value of its type: it was written over, and its daemon will find that out.
    #[error("what lies in the field `{0}` is no value of its type")]
    Damaged(&'static str),
    /// The peer died within a commit and has not recovered in time, or it commits without a pause.
    #[error("daemon `{0}` could not be read in time: it died within a commit, or commits without a pause")]
    Busy(&'static str),
}

/// Where a peer's state lies, and who it is.
struct Peer {
    index: usize,
    region: *const u8,
}

impl<S: State> Handle<S> {
    /// Copies all that daemon `P` publishes, as one commit left it, without stopping `P`. Where `P` died within a
    /// commit, waits up to `patience` for its recovery.
    ///
    /// ```
    /// use perennial::prelude::*;
    /// use perennial::daemon::SnapshotError;
    ///
    /// #[daemon(mem = "1MiB")]
    /// pub struct Ledger {
    ///     #[publish]
    ///     debit: u64,
    ///     #[publish]
    ///     credit: u64,
    ///     accounts: Array<u64, 1000>,
    /// }
    /// #[daemon(mem = "64KiB")]
    /// pub struct Monitor { seen: u64 }
    ///
    /// fn balanced(me: &Handle<Monitor>) -> Result<bool, SnapshotError> {
    ///     let books = me.snapshot::<Ledger>(Duration::from_millis(50))?;
    ///     Ok(books.value.debit == books.value.credit)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`SnapshotError`].
    #[inline]
    pub fn snapshot<P: Publishes>(
        &self,
        patience: Duration,
    ) -> Result<Snapshot<P::Published>, SnapshotError> {
        let mut snapshot = MaybeUninit::<Snapshot<P::Published>>::uninit();
        let place = snapshot.as_mut_ptr();
        // SAFETY: an address within `snapshot`, where `fill` writes every part of the published struct.
        let version = unsafe { self.fill::<P>((&raw mut (*place).value).cast(), patience)? };
        // SAFETY: all four lie within `snapshot`; with the parts, all of it but padding is there.
        unsafe {
            (&raw mut (*place).generation).write(version.generation);
            (&raw mut (*place).epoch).write(version.epoch);
            (&raw mut (*place).sequence).write(version.sequence);
            Ok(snapshot.assume_init())
        }
    }

    /// [`snapshot`](Handle::snapshot) in place: what is large is copied once, and not moved again.
    ///
    /// # Errors
    /// [`SnapshotError`]; `snapshot` is all-zero then.
    pub fn snapshot_into<P: Publishes>(
        &self,
        snapshot: &mut Snapshot<P::Published>,
        patience: Duration,
    ) -> Result<(), SnapshotError> {
        let to: *mut u8 = (&raw mut snapshot.value).cast();
        // SAFETY: the value is borrowed exclusively, so that nobody sees what lies there meanwhile. Where the parts have
        // not all arrived, zeros replace them, which are valid for every plain value.
        let version = unsafe {
            self.fill::<P>(to, patience).inspect_err(|_| to.write_bytes(0, size_of::<P::Published>()))
        };
        let Snapshot { generation, epoch, sequence, .. } = version.unwrap_or_default();
        (snapshot.generation, snapshot.epoch, snapshot.sequence) = (generation, epoch, sequence);
        version.map(drop)
    }

    /// Writes to `to` what `P` publishes.
    ///
    /// # Safety
    /// `to` must be writable for the size of `P::Published`, at its alignment.
    unsafe fn fill<P: Publishes>(
        &self,
        to: *mut u8,
        patience: Duration,
    ) -> Result<Snapshot<()>, SnapshotError> {
        let peer = self.peer::<P>()?;
        let version = self.read::<P>(&peer, patience, || {
            for run in published::runs::<P>() {
                // SAFETY: the run lies within the image and the published struct, by the contract of `Publishes`.
                unsafe { racing::copy(peer.region.add(IMAGE + run.from), to.add(run.to), run.len) };
            }
        })?;
        for part in P::PARTS {
            let field = &P::FIELDS[part.row];
            // SAFETY: a part of the published struct, just written.
            let bytes = unsafe { core::slice::from_raw_parts(to.add(part.at), field.size) };
            if !(field.check_image)(bytes) {
                return Err(SnapshotError::Damaged(field.name));
            }
        }
        Ok(version)
    }

    /// Copies the published field `field` of daemon `P` alone; otherwise as [`snapshot`](Handle::snapshot). For what
    /// only finds out while running which field it is about.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub fn peek<P: Publishes, T: Plain>(
        &self,
        field: &str,
        patience: Duration,
    ) -> Result<Snapshot<T>, SnapshotError> {
        let peer = self.peer::<P>()?;
        let info = P::FIELDS.iter().find(|info| info.name == field).ok_or(SnapshotError::NoField(P::NAME))?;
        if !P::PARTS.iter().any(|part| P::FIELDS[part.row].name == field) {
            return Err(SnapshotError::Unpublished { daemon: P::NAME, field: info.name });
        }
        if (info.type_id)() != TypeId::of::<T>() {
            return Err(SnapshotError::OtherType(info.ty));
        }
        // Copied into bytes first: only valid ones may become a `T`.
        let mut bytes = MaybeUninit::<T>::zeroed();
        let to = bytes.as_mut_ptr().cast::<u8>();
        let version = self.read::<P>(&peer, patience, || {
            // SAFETY: the field lies within the image, and has the size of a `T`, for it is one.
            unsafe { racing::copy(peer.region.add(IMAGE + info.offset), to, size_of::<T>()) };
        })?;
        // SAFETY: as many initialised bytes as a `T` has.
        let bytes = unsafe { core::slice::from_raw_parts(to, size_of::<T>()) };
        let value = T::try_read_from_bytes(bytes).map_err(|_| SnapshotError::Damaged(info.name))?;
        let Snapshot { generation, epoch, sequence, .. } = version;
        Ok(Snapshot { value, generation, epoch, sequence })
    }

    /// Where `P` is in the tree: `P` itself, not another struct of the same name.
    fn peer<P: State>(&self) -> Result<Peer, SnapshotError> {
        let (tree, id) = (self.core.tree, TypeId::of::<P>());
        let index = tree.daemons.iter().position(|daemon| (daemon.type_id)() == id);
        let index = index.ok_or(SnapshotError::NoDaemon(P::NAME))?;
        Ok(Peer { index, region: self.core.view.wrapping_add(tree.region_at(index)) })
    }

    /// Calls `copy` until nothing was committed meanwhile.
    fn read<P: State>(
        &self,
        peer: &Peer,
        patience: Duration,
        mut copy: impl FnMut(),
    ) -> Result<Snapshot<()>, SnapshotError> {
        let mut generation = 0;
        let header: *const RegionHeader = peer.region.cast();
        // SAFETY: every region begins with its header, lies in the view, which is always mapped, and is written by its
        // owner alone; root's table is always mapped.
        let version = unsafe {
            let mut copy = || {
                copy();
                generation = (*self.core.entries.add(peer.index)).generation.load(Ordering::Relaxed);
            };
            match read_at_once(header, &mut copy) {
                Some(version) => version,
                None => self
                    .core
                    .idle_at(|| read(header, patience, copy))
                    .map_err(|Busy| SnapshotError::Busy(P::NAME))?,
            }
        };
        Ok(Snapshot { value: (), generation, epoch: version.epoch, sequence: version.sequence })
    }
}

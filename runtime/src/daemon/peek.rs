//! Reading a plain field of another daemon, with the version it belongs to.

use super::Handle;
use crate::commit::{Busy, copy_out};
use crate::layout::IMAGE;
use crate::state::{Plain, Shape, State};
use crate::sys::clock;
use core::sync::atomic::Ordering;
use core::time::Duration;

/// A field of another daemon as one commit left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// The value.
    pub value: T,
    /// The incarnation that the peer was in when it was read.
    pub generation: u64,
    /// Counts the peer's rollbacks and resets.
    pub epoch: u64,
    /// Number of the newest commit of the peer that the value contains.
    pub sequence: u64,
}

/// Why another daemon's field could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The tree has no such daemon.
    #[error("the tree has no daemon `{0}`: list it in root!")]
    NoDaemon(&'static str),
    /// The daemon has no such field, or it is a collection.
    #[error("daemon `{0}` has no plain field of that name")]
    NoField(&'static str),
    /// The field is of another type.
    #[error("the field is of type `{0}`")]
    OtherType(&'static str),
    /// The peer died within a commit and has not recovered in time.
    #[error("daemon `{0}` did not finish its commit in time: it died and has not recovered yet")]
    Busy(&'static str),
}

impl<S: State> Handle<S> {
    /// Copies plain field `field` of daemon `P` as one commit left it, without stopping `P`. Where `P` died
    /// within a commit, waits up to `patience` for its recovery.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub fn peek<P: State, T: Plain>(
        &self,
        field: &str,
        patience: Duration,
    ) -> Result<Snapshot<T>, SnapshotError> {
        let (tree, view) = (self.core.tree, self.core.view);
        let index =
            tree.daemons.iter().position(|d| d.name == P::NAME).ok_or(SnapshotError::NoDaemon(P::NAME))?;
        let plain =
            |info: &&crate::state::FieldInfo| info.name == field && matches!(info.shape, Shape::Plain);
        // The tree's own table, not that of `P`, which may be another struct of the same name.
        let info = tree.daemons[index].fields.iter().find(plain).ok_or(SnapshotError::NoField(P::NAME))?;
        if (info.type_id)() != core::any::TypeId::of::<T>() {
            return Err(SnapshotError::OtherType(info.ty));
        }
        let region = view.wrapping_add(tree.region_at(index));
        let deadline = clock::monotonic().saturating_add(patience);
        // Copied into a buffer of bytes first: only valid ones may become a `T`.
        let mut bytes = core::mem::MaybeUninit::<T>::zeroed();
        // SAFETY: as many zeroed bytes as a `T` has, which is as many as the field has, by the check above.
        let out = unsafe { core::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast::<u8>(), size_of::<T>()) };
        // SAFETY: the region and the field lie in the view, which is always mapped.
        let version = unsafe { copy_out(region.cast(), region.add(IMAGE + info.offset), out, deadline) }
            .map_err(|Busy| SnapshotError::Busy(P::NAME))?;
        let value = T::try_read_from_bytes(out).map_err(|_| SnapshotError::OtherType(info.ty))?;
        // SAFETY: root's table is always mapped.
        let generation = unsafe { &*self.core.entries.add(index) }.generation.load(Ordering::Relaxed);
        Ok(Snapshot { value, generation, epoch: version.epoch, sequence: version.sequence })
    }
}

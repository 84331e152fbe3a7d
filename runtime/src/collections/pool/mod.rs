//! [`Pool`]: values that keep their place and are found again by a handle, or by whose they are.

mod image;
mod links;
mod slot;

use super::cells::{Cells, handle};
use super::{CollectionError, InsertError};
use crate::state::{Field, Plain};
use core::marker::PhantomData;
use image::{Header, Image, Meta};

pub use slot::Slot;

/// Up to `N` values of a plain type, each in a place of its own until it is removed; empty at first.
///
/// Whoever inserts gets a [`Slot`], which is plain and may be kept in state or sent to another daemon. It is an
/// error, and never another value, once the value is gone; also after a rollback or reset that took it away, for
/// somebody who was not rolled back. A value may be tagged with its owner, a number of the program's own such as a
/// client's: what a dead owner has left is found again without looking at the rest.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Server { open: Pool<u32, 100> }
///
/// let mut server = Scratch::<Server>::new();
/// let slot = server.update(|s| {
///     s.open.insert_for(7, 1)?;
///     s.open.insert_for(7, 2)?;
///     let slot = s.open.insert_for(8, 3)?;
///     assert_eq!(s.open.release_owned_by(7), Ok(2));
///     Ok::<_, CollectionError>(slot)
/// }).unwrap();
/// assert_eq!(server.state().open.get(slot), Ok(&3));
/// server.update(|s| s.open.remove(slot)).unwrap();
/// assert_eq!(server.state().open.get(slot), Err(CollectionError::Stale));
/// ```
#[repr(C)]
pub struct Pool<T, const N: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<T>,
    tail: Tail,
}

impl<T: Plain, const N: usize> Pool<T, N> {
    /// Most values there can be, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.header().used as usize
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another value.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// The header, and what `slot` leads to, unless that is gone.
    fn find(&self, slot: Slot<T>) -> Result<(Header, Meta), CollectionError> {
        let header = self.header();
        let meta = self.live(&header, slot.index()).filter(|meta| slot.is_of(meta.epoch, meta.generation));
        Ok((header, meta.ok_or(CollectionError::Stale)?))
    }

    /// Whether `slot` leads to a value.
    pub fn contains(&self, slot: Slot<T>) -> bool {
        self.find(slot).is_ok()
    }

    /// The value that `slot` leads to.
    ///
    /// # Errors
    /// [`CollectionError::Stale`] when it is gone.
    pub fn get(&self, slot: Slot<T>) -> Result<&T, CollectionError> {
        self.find(slot)?;
        self.cells.get(Image::<T, N>::item(slot.index())).ok_or(CollectionError::Stale)
    }

    /// Whose the value is that `slot` leads to; 0 for nobody's.
    ///
    /// # Errors
    /// [`CollectionError::Stale`] when it is gone.
    pub fn owner(&self, slot: Slot<T>) -> Result<u64, CollectionError> {
        Ok(self.find(slot)?.1.owner)
    }

    /// Replaces the value that `slot` leads to.
    ///
    /// # Errors
    /// [`CollectionError`] when it is gone or the record is full.
    pub fn set(&mut self, slot: Slot<T>, value: T) -> Result<(), CollectionError> {
        self.find(slot)?;
        Ok(self.cells.set(Image::<T, N>::item(slot.index()), &value)?)
    }

    /// Changes the value that `slot` leads to in place.
    ///
    /// # Errors
    /// [`CollectionError`] when it is gone or the record is full.
    pub fn update(&mut self, slot: Slot<T>, change: impl FnOnce(&mut T)) -> Result<(), CollectionError> {
        let mut value = *self.get(slot)?;
        change(&mut value);
        self.set(slot, value)
    }

    /// Puts a value into a free place.
    ///
    /// # Errors
    /// [`InsertError`] with the value when the pool or the record is full.
    pub fn insert(&mut self, value: T) -> Result<Slot<T>, InsertError<T>> {
        self.insert_for(0, value)
    }

    /// Puts a value into a free place and notes that it is `owner`'s; 0 is nobody.
    ///
    /// # Errors
    /// [`InsertError`] with the value when the pool or the record is full.
    pub fn insert_for(&mut self, owner: u64, value: T) -> Result<Slot<T>, InsertError<T>> {
        let Some((index, header)) = self.vacant(self.header()) else { return Err(InsertError::Full(value)) };
        // No more are used than were ever taken, even where a damaged count says so.
        let used = (header.used + 1).min(header.fresh);
        let header = Header { used, issued: header.issued + 1, ..header };
        if !header.is_possible(N) {
            return Err(InsertError::Full(value));
        }
        let (epoch, generation) = (self.cells.epoch() as u32, header.issued);
        let mut meta = Meta { generation, owner, epoch, next: 0, prev: 0, live: 1 };
        let done = self
            .link(&header, index, &mut meta)
            .and_then(|()| self.set_meta(index, &meta))
            .and_then(|()| self.cells.set(Image::<T, N>::item(index), &value))
            .and_then(|()| self.cells.set(0, &header));
        match done {
            Ok(()) => Ok(Slot::new(index as u32, epoch, generation)),
            Err(_) => Err(InsertError::OverBudget(value)),
        }
    }

    /// Takes the value out that `slot` leads to.
    ///
    /// # Errors
    /// [`CollectionError`] when it is gone or the record is full.
    pub fn remove(&mut self, slot: Slot<T>) -> Result<T, CollectionError> {
        let (header, meta) = self.find(slot)?;
        let value = self.cells.get(Image::<T, N>::item(slot.index())).copied();
        self.free(header, slot.index(), &meta)?;
        value.ok_or(CollectionError::Stale)
    }

    fn free(&mut self, header: Header, index: usize, meta: &Meta) -> Result<(), CollectionError> {
        self.unlink(&header, index, meta)?;
        self.set_meta(index, &Meta { live: 0, owner: 0, next: header.free, prev: 0, ..*meta })?;
        let (used, free) = (header.used.saturating_sub(1), index as u32 + 1);
        Ok(self.cells.set(0, &Header { used, free, ..header })?)
    }

    /// What `owner` has, youngest first. Costs what `owner` has, and what others have whose hash is the same.
    pub fn owned_by(&self, owner: u64) -> impl Iterator<Item = (Slot<T>, &T)> {
        let items = self.owned(owner);
        items.filter_map(|(index, slot)| Some((slot, self.cells.get(Image::<T, N>::item(index))?)))
    }

    /// Removes all that `owner` has; returns how many that were.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when that is more than one record takes, 48 bytes for each: then
    /// remove what [`owned_by`](Self::owned_by) finds in several updates.
    pub fn release_owned_by(&mut self, owner: u64) -> Result<usize, CollectionError> {
        let mut released = 0;
        while let Some((index, _)) = self.owned(owner).next() {
            let header = self.header();
            let Some(meta) = self.live(&header, index) else { break };
            self.free(header, index, &meta)?;
            released += 1;
        }
        Ok(released)
    }

    /// Drops all values, at the price of one write: no handle that was ever given leads to anything then.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear(&mut self) -> Result<(), CollectionError> {
        let issued = self.header().issued;
        Ok(self.cells.set(0, &Header { used: 0, free: 0, fresh: 0, reserved: 0, issued, cleared: issued })?)
    }

    /// The values with their handles, by place. Looks at as many places as were ever in use at once.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<T>, &T)> {
        let header = self.header();
        (0..header.fresh as usize).filter_map(move |index| {
            let meta = self.live(&header, index)?;
            let value = self.cells.get(Image::<T, N>::item(index))?;
            Some((Slot::new(index as u32, meta.epoch, meta.generation), value))
        })
    }
}

impl<T: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug for Pool<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

// SAFETY: every write is one whole cell, and of items one that holds a valid `T`; links are checked before use.
#[diagnostic::do_not_recommend]
unsafe impl<T: Plain, const N: usize> Field for Pool<T, N> {
    type Image = Image<T, N>;
    type Cell = Pool<T, N, [(); 0]>;
    const LARGEST: usize = Image::<T, N>::LARGEST;
    handle!(Pool);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        Image::<T, N>::check_write(offset, bytes)
    }
    fn check_image(image: &[u8]) -> bool {
        Image::<T, N>::check_image(image)
    }
}

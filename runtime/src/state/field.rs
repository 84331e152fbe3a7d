//! The two traits that everything is generic over: one field, and one daemon's state.

use super::{FieldInfo, Options, Place, Shape};
use crate::commit::Overrun;
use crate::daemon::{Decision, Error, Incident};
use zerocopy::{FromZeros, Immutable, KnownLayout};

/// A type that may be a field of a `#[daemon]` struct: any [`Plain`](super::Plain) type, or a collection.
///
/// The implementing type is what the user sees; `Cell` is the sized value that the runtime keeps for it in
/// the process, and `Image` is what lies in shared memory. Collections implement it on an unsized type, so
/// that safe code cannot move a handle out of its field.
///
/// # Safety
/// `Image` must be fully described by its size: the commit path copies bytes into it. `gather` may only
/// write through the [`Place`] it was bound to, and `check_write` must accept no bytes that would make a
/// later read unsound.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not plain, so it can be no part of a daemon's state",
    label = "not a plain type",
    note = "put `#[plain]` on it if it is a struct or enum of yours; that makes it `repr(C)`, too",
    note = "plain are types without pointers and padding for which all zeroes are a value: integers, floats, `bool`, `char`, arrays of them, `Text<N>`",
    note = "instead of a `Duration` take a `u64` of nanoseconds, of an `Option<T>` a `T` and a `bool`, of a tuple a `#[plain]` struct, of what grows a `Vector<T, N>`, a `Map<K, V, N>` or a ring"
)]
pub unsafe trait Field: 'static {
    /// The fixed layout in shared memory; all-zero is the initial value.
    type Image: FromZeros + KnownLayout + Immutable + 'static;
    /// The working value in the process.
    type Cell: 'static;
    /// Kind of field.
    const SHAPE: Shape;
    /// Bytes of record that the field's largest indivisible change needs.
    const LARGEST: usize;

    /// Makes the working value over `place`.
    fn bind(place: Place) -> Self::Cell;
    /// Forgets uncommitted work and takes the committed state as the starting point.
    fn begin(cell: &mut Self::Cell);
    /// Lends the field for reading and writing.
    fn lend(cell: &mut Self::Cell) -> &mut Self;
    /// Lends the committed field for reading.
    fn share(cell: &Self::Cell) -> &Self;
    /// Lends the working value for reading: with what this change has done so far.
    fn view(cell: &Self::Cell) -> &Self {
        Self::share(cell)
    }
    /// Takes what an adopted record says as the working value.
    fn adopt(_: &mut Self::Cell) {}
    /// Puts what changed since `begin` into the log and is not there yet.
    ///
    /// # Errors
    /// [`Overrun`] when the record is full.
    fn gather(cell: &mut Self::Cell) -> Result<(), Overrun>;
    /// Counts a failed attempt at whatever the field was to be handled for, and sets it aside after too many.
    /// Only consumers have such a thing.
    fn attempt_failed(_: &mut Self::Cell) -> Attempt {
        Attempt::Ignored
    }
    /// See [`FieldInfo::check_write`].
    fn check_write(offset: usize, bytes: &[u8]) -> bool;
    /// See [`FieldInfo::check_image`].
    fn check_image(bytes: &[u8]) -> bool;
}

/// A daemon's state: what `#[daemon]` implements for the user's struct.
///
/// # Safety
/// `FIELDS` must describe `Image` truthfully, in declaration order, with at most 64 rows; `bind`, `begin`,
/// `lend`, `share` and `gather` must treat field `i` with the [`Place`] of row `i`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a daemon",
    label = "not a daemon",
    note = "put `#[daemon(mem = \"4MiB\")]` on the struct"
)]
pub unsafe trait State: Sized + 'static {
    /// The `#[repr(C)]` struct of all field images.
    type Image: FromZeros + KnownLayout + Immutable + 'static;
    /// The struct of all field cells.
    type Cells: 'static;
    /// One mutable reference for each field.
    type Mut<'a>;
    /// One shared reference for each field.
    type Ref<'a>;
    /// The daemon's name.
    const NAME: &'static str;
    /// The table of fields.
    const FIELDS: &'static [FieldInfo];
    /// What `#[daemon(…)]` said.
    const OPTIONS: Options;

    /// Makes the cells; `place(i)` is where field `i` lies.
    fn bind(place: &mut dyn FnMut(usize) -> Place) -> Self::Cells;
    /// Calls [`Field::begin`] on every cell.
    fn begin(cells: &mut Self::Cells);
    /// Lends every field for writing.
    fn lend(cells: &mut Self::Cells) -> Self::Mut<'_>;
    /// Lends every field for reading.
    fn share(cells: &Self::Cells) -> Self::Ref<'_>;
    /// Calls [`Field::view`] on every cell.
    fn view(cells: &Self::Cells) -> Self::Ref<'_> {
        Self::share(cells)
    }
    /// Calls [`Field::adopt`] on every cell.
    fn adopt(_: &mut Self::Cells) {}
    /// Whether [`State::validate`] looks at anything.
    const VALIDATES: bool = false;
    /// The user's check of the whole state.
    ///
    /// # Errors
    /// What is wrong with it.
    fn validate(_: &Self::Ref<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// What the user's function makes of a death; `None` where there is no such function.
    fn decide(_: &Incident<'_, Self>) -> Option<Decision> {
        None
    }
    /// Calls [`Field::gather`] on the cells named in `fields`.
    ///
    /// # Errors
    /// [`Overrun`] when the record is full.
    fn gather(cells: &mut Self::Cells, fields: FieldSet) -> Result<(), Overrun>;
    /// Calls [`Field::attempt_failed`] on the cells named in `fields` and reports the gravest answer.
    fn attempt_failed(cells: &mut Self::Cells, fields: FieldSet) -> Attempt;
}

/// What became of a message whose handling failed. Ordered by gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attempt {
    /// There was no message, or its wiring counts no attempts.
    Ignored,
    /// The attempt was counted.
    Counted,
    /// It was the last one: the message is a dead letter now.
    SetAside,
    /// It was the last one, but there is no room for another dead letter: the message stays.
    NoRoom,
}

/// A set of fields of one daemon, by row of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FieldSet(u64);

impl FieldSet {
    /// No field.
    pub const NONE: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self(u64::MAX);

    /// The rows of `table` whose names are listed; names that are not there are ignored: the checks
    /// of a transaction report them, each where it stands.
    pub const fn named(table: &[FieldInfo], names: &[&str]) -> Self {
        let mut set = Self::NONE;
        let mut n = 0;
        while n < names.len() {
            let mut i = 0;
            while i < table.len() {
                if crate::konst::same(table[i].name, names[n]) {
                    set = set.with(i);
                }
                i += 1;
            }
            n += 1;
        }
        set
    }

    /// Whether row `index` is in the set.
    pub const fn has(self, index: usize) -> bool {
        index < 64 && self.0 & (1 << index) != 0
    }

    /// The set with row `index` added.
    #[must_use]
    pub const fn with(self, index: usize) -> Self {
        Self(if index < 64 { self.0 | (1 << index) } else { self.0 })
    }

    /// The rows in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let row = (rest != 0).then(|| rest.trailing_zeros() as usize);
            rest &= rest.wrapping_sub(1);
            row
        })
    }

    /// The raw bits, row 0 lowest.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set of the given bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

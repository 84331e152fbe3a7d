//! What a daemon publishes: which fields, where they lie in the struct that readers get, and how few copies that
//! takes.

use crate::konst::{Words, same};
use crate::state::{FieldInfo, Shape, State};
use core::fmt;

/// What `#[daemon]` implements where fields are marked `#[publish]`.
///
/// # Safety
/// `Published` must be `repr(C)` and consist of the images of the plain fields that `PARTS` names and of nothing
/// else, in the same order, each where its part says.
#[diagnostic::on_unimplemented(
    message = "daemon `{Self}` publishes nothing, so no other daemon can read its state",
    label = "publishes no field",
    note = "put `#[publish]` on the fields of `{Self}` that others may read"
)]
pub unsafe trait Publishes: State {
    /// A struct of the published fields.
    type Published: 'static;
    /// Where each of them lies.
    const PARTS: &'static [PublishedField];
}

/// A published field.
#[derive(Clone, Copy, Debug)]
pub struct PublishedField {
    /// Its row in the table of fields.
    pub(super) row: usize,
    /// Its offset in the published struct.
    pub(super) at: usize,
}

impl PublishedField {
    /// Field `name` of the table, at `at` in the published struct.
    ///
    /// # Panics
    /// While compiling, where the table has no such field.
    pub const fn new(fields: &[FieldInfo], name: &str, at: usize) -> Self {
        let mut row = 0;
        while !same(fields[row].name, name) {
            row += 1;
        }
        Self { row, at }
    }
}

/// Fails to compile if field `name` of daemon `S` cannot be published.
///
/// # Panics
/// While compiling, with the reason.
#[track_caller]
pub const fn publishes<S: State>(name: &str) {
    let mut row = 0;
    while row < S::FIELDS.len() {
        let field = &S::FIELDS[row];
        if same(field.name, name) && !matches!(field.shape, Shape::Plain) {
            let words = Words::new().text("`").text(field.name).text("` is of type `").text(field.ty);
            let words = words.text("`, and only plain values are published: remove `#[publish]`, or keep what others may read in a plain field, such as `[u64; 16]`");
            panic!("{}", words.as_str());
        }
        row += 1;
    }
}

/// Neighbouring fields that one copy brings over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Offset in the image.
    pub from: usize,
    /// Offset in the published struct.
    pub to: usize,
    /// Bytes.
    pub len: usize,
}

/// The copies that make a published struct. Fields with the same distance in both become one, with the padding between
/// them; a field in between that is not published can only be as small as that padding, and goes where nobody
/// looks.
pub fn runs<P: Publishes>() -> impl Iterator<Item = Run> {
    let mut parts = P::PARTS.iter().map(|part| {
        let field = &P::FIELDS[part.row];
        Run { from: field.offset, to: part.at, len: field.size }
    });
    let mut next = parts.next();
    core::iter::from_fn(move || {
        let mut run = next?;
        loop {
            next = parts.next();
            match next {
                Some(more) if more.from - run.from == more.to - run.to => {
                    run.len = more.to + more.len - run.to;
                }
                _ => return Some(run),
            }
        }
    })
}

/// A copy of a published struct, whose fields are plain values.
pub fn copied<P: Publishes>(value: &P::Published) -> P::Published {
    // SAFETY: it consists of plain values, which are `Copy`, by the contract of `Publishes`.
    unsafe { core::ptr::read(value) }
}

/// A value that generated code shows with `Debug` where it has that, and by the name of its type where it has not.
pub struct Shown<'a, T>(pub &'a T);

/// How [`Shown`] is shown; a value with `Debug` is found first, by the way methods are looked for.
pub trait Show {
    /// As what.
    fn shown(&self) -> &dyn fmt::Debug;
}

impl<T: fmt::Debug> Show for Shown<'_, T> {
    fn shown(&self) -> &dyn fmt::Debug {
        self.0
    }
}

impl<T> Show for &Shown<'_, T> {
    fn shown(&self) -> &dyn fmt::Debug {
        &Opaque
    }
}

/// A value without `Debug`.
struct Opaque;

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

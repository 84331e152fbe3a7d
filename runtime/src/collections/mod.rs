//! Collections that are fields of a daemon: their handle is small, their image may be gigabytes.
//!
//! A collection logs what it writes and looks through its log when it reads, so that a commit costs what
//! changed. Each public type is unsized: what the user holds is always a reference that the runtime lent,
//! and safe code can neither swap two collections nor keep one.

mod array;
mod cells;
mod error;
mod iter;
mod ring;
mod text;
mod vector;

pub use array::{Array, Index};
pub use error::{CollectionError, InsertError};
pub use iter::Iter;
pub(crate) use ring::Metadata;
pub use ring::{Cause, Consumer, DeadLetter, Full, Lag, Producer};
pub use text::{Text, TooLong};
pub use vector::Vector;

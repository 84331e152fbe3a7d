//! Collections that are fields of a daemon: their handle is small, their image may be gigabytes.
//!
//! A collection logs what it writes and looks through its log when it reads, so that a commit costs what
//! changed. Each public type is unsized: what the user holds is always a reference that the runtime lent,
//! and safe code can neither swap two collections nor keep one.

mod array;
mod cells;
mod consumer;
mod dead_letters;
mod error;
mod iter;
mod map;
mod ordered_map;
mod producer;
mod text;
mod vector;

pub use array::{Array, Index};
pub use consumer::Consumer;
pub(crate) use consumer::Metadata;
pub use dead_letters::{Cause, DeadLetter};
pub use error::{CollectionError, InsertError};
pub use iter::Iter;
pub use map::{Map, Pairs};
pub use ordered_map::{OrderedMap, Range};
pub use producer::{Full, Producer};
pub use text::{Text, TooLong};
pub use vector::Vector;

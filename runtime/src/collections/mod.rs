//! Collections that are fields of a daemon: their handle is small, their image may be gigabytes.
//!
//! A collection logs what it writes and looks through its log when it reads, so that a commit costs what
//! changed. Each public type is unsized: what the user holds is always a reference that the runtime lent,
//! and safe code can neither swap two collections nor keep one.
//!
//! All-zero is empty. Nothing allocates and nothing panics: a collection that is full hands the value back
//! ([`InsertError`]), and a change that is larger than `record` fails the whole update or transaction. Elements are
//! plain and looked at before they are lent, so that a damaged one is left out and never misread.
//!
//! | collection | like std's | note |
//! |---|---|---|
//! | [`Array`] | array | |
//! | [`Vector`] | `Vec` | nothing moves up: `swap_remove` takes out of the middle |
//! | [`Queue`] | `VecDeque` | in and out at the ends |
//! | [`Map`] | `HashMap` | with `()` as values a `HashSet` |
//! | [`OrderedMap`] | `BTreeMap` | ranges, first and last |
//! | [`Pool`] | | handles with generations, found again by owner |
//! | [`Bitmap`] | | finds the next bit that is set or clear |
//! | [`Histogram`] | | quantiles of 64-bit values to a fixed precision |
//! | [`Buffer`] | `Vec<u8>` | many bytes, which a C library may write straight into the record |
//! | [`Text`] | `String` | plain: also an element or part of a message |
//! | [`Producer`], [`Consumer`] | `mpsc::channel` | between daemons |
//! | [`Live`], [`LiveReader`] | `mpsc::channel` | between daemons, for telemetry: no part of commits |
//!
//! What a change costs does not depend on how large the collection is. The table has the bytes of `record` for
//! elements of eight bytes; larger ones are rounded up to 16. A cell that is changed twice in one update is written
//! once, so a row of pushes costs 32 bytes each and 32 for the length.
//!
//! | operation | cells written | bytes of record |
//! |---|---|---|
//! | `Array::set` | the element | 32 |
//! | `Vector::push` | the element, the length | 64 |
//! | `Vector::set` | the element | 32 |
//! | `Vector::swap_remove` | the element, the length | 64 |
//! | `Vector::pop` | the length | 32 |
//! | `Vector::clear` | the length | 32 |
//! | `Queue::push_back` | the element, the ends | 64 |
//! | `Queue::pop_front` | the ends | 32 |
//! | `Pool::insert` | the value, its place, the header | 128 |
//! | `Pool::insert_for` | these, the owner's chain, its next place if there is one | 160 or 208 |
//! | `Pool::set` | the value | 32 |
//! | `Pool::remove` | its place, the header, neighbours in the owner's chain | 96 to 224 |
//! | `Pool::release_owned_by` | each place, the header, the chain | 80 and 48 each |
//! | `Pool::clear` | the header | 48 |
//! | `Bitmap::set` | the word, the count; a summary a level if it is the first or last of its word | 64, 32 a summary |
//! | `Bitmap::clear_all` | each word that is not clear, and its summaries | 32 each |
//! | `Histogram::record` | the bucket, the header | 96 |
//! | `Histogram::merge` | each bucket that is not empty, the header | 64 and 32 each |
//! | `Histogram::reset` | the header | 64 |
//! | `Map::insert` | key, value, link, head of the chain, length; the seed before the first | 160 |
//! | `Map::update` | the value | 32 |
//! | `Map::remove` | a link, the length; if another row was the last, that row and a link to it | 64 to 192 |
//! | `Map::clear` | the length | 32 |
//! | `OrderedMap::insert` | key, value, slots, header; of nodes split, slots and moved keys | 208, 96 slots, 32 a key |
//! | `OrderedMap::update` | the value | 32 |
//! | `OrderedMap::remove` | slots, free row, header; of nodes joined, slots and moved keys | 176, 96 slots, 32 a key |
//! | `OrderedMap::clear` | the header | 48 |
//! | `Buffer::extend_from_slice` | each grain of 256 bytes touched, the length | 16 and up to 48, 256 a grain, 32 |
//! | `Buffer::write` | each grain of 256 bytes touched | 16 and up to 48, 256 a grain |
//! | `Buffer::fill` | each grain of 256 bytes touched | 16 and up to 48, 256 a grain |
//! | `Buffer::clear` | the length | 32 |

mod array;
mod bitmap;
mod buffer;
mod cells;
mod error;
mod histogram;
mod iter;
mod map;
mod ordered_map;
mod pool;
mod queue;
mod ring;
mod text;
mod vector;

pub use array::{Array, Index};
pub use bitmap::{Bitmap, bitmap_words};
pub use buffer::{Buffer, Pieces};
pub use error::{CollectionError, InsertError};
pub use histogram::Histogram;
pub use iter::Iter;
pub use map::{Map, Pairs};
pub use ordered_map::{OrderedMap, Range};
pub use pool::{Pool, Slot};
pub use queue::Queue;
pub use ring::{Cause, Consumer, DeadLetter, Full, Lag, Live, LiveReader, Producer};
pub(crate) use ring::{Metadata, decodes};
pub use text::{Text, TooLong};
pub use vector::Vector;

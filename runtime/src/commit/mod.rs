//! Crash-safe commits: from logged writes to bytes in the image.
//!
//! [`Log`] collects writes as a redo record, in the daemon's journal or in a transaction's slot. [`Region`]
//! publishes a record, applies it and recovers it. `verify` is the gate through which a transaction's
//! record must pass. `history` keeps the bytes that commits replaced, and `rollback` puts them back.

mod area;
mod bytes;
mod checkpoint;
mod discarded;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod history;
mod log;
pub mod racing;
mod reader;
mod record;
mod recover;
mod region;
mod rollback;
mod spoil;
#[cfg(test)]
mod testing;
mod verify;

pub use checkpoint::Named;
pub use log::{GRAIN, Log, Overrun, Reserved, Space, index_words};
pub use reader::{Busy, lock_word, read, read_at_once};
pub use record::{Entry, Header, RECORD_HEADER};
pub use recover::Recovery;
pub use region::Region;
pub use verify::{Rejected, Span, verify};

//! What a daemon's source needs: `use perennial::prelude::*;`.

pub use crate::collections::{
    Array, Bitmap, Buffer, CollectionError, Consumer, DeadLetter, Full, Histogram, InsertError, Live,
    LiveReader, Map, OrderedMap, Pool, Producer, Queue, Slot, Text, Vector, bitmap_words,
};
pub use crate::daemon::{
    Daemon, Decision, Error, Handle, Incident, Outcome, Recovered, Snapshot, Start, Wait, Woken,
};
pub use crate::failure::Failure;
pub use crate::state::{Message, Plain, Scratch};
pub use core::time::Duration;
pub use log::{debug, error, info, trace, warn};
pub use perennial_macros::{daemon, message, plain, root, transaction};

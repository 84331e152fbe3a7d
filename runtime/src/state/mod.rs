//! State as the user declares it: fields, their fixed-layout images, and the tables that describe them.
//!
//! No value of the user's struct ever exists. The macro turns the struct into the *name* of a daemon and
//! emits an implementation of [`State`]; everything else in the runtime is generic over that trait and the
//! constant tables it carries. The traits are `unsafe` to implement because the commit path trusts the
//! offsets and sizes in them.

mod field;
mod message;
mod options;
mod padding;
mod peer;
mod place;
mod plain;
mod proof;
mod scratch;
mod table;

pub use field::{Attempt, Field, FieldSet, State};
pub use message::{Message, Pair, Wire, fingerprint};
pub use options::{Escalation, Kind, Options, Restart};
#[doc(hidden)]
pub use padding::{Frame, Outline, Part, derives};
pub use peer::{Peer, WhenFull, freed, slowest};
pub use place::Place;
pub use plain::{Plain, PlainCell};
#[doc(hidden)]
pub use proof::{Proved, crosses, plain};
pub use scratch::Scratch;
pub use table::{FieldInfo, LIVE_HEAD, RingEnd, Role, SHARED_ALIGN, Shape, live_end, live_words, shared_end};

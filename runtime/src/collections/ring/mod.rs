//! Rings: messages from a producer in one daemon to consumers in others, exactly once.
//!
//! A ring is part of the producer's state, and each consumer keeps a position of its own; each side writes only its own
//! region, and reads the other's through the mapping that everybody has. So a push or a pop commits with whatever else
//! the change does. A slot is written again once every consumer has committed a position behind it; which of them count,
//! and what happens until then, is up to the wiring ([`WhenFull`](crate::state::WhenFull)).
//!
//! A [`Live`] ring is for telemetry: what is pushed there is no part of a commit.

use core::sync::atomic;

mod consumer;
mod letters;
mod live;
mod live_reader;
mod metadata;
mod producer;
mod slots;

pub use consumer::Consumer;
pub(crate) use consumer::decodes;
pub use letters::{Cause, DeadLetter};
pub use live::Live;
pub use live_reader::LiveReader;
pub(crate) use metadata::Metadata;
pub use producer::{Full, Lag, Producer};

//! Rings: messages from a producer in one daemon to consumers in others, exactly once.
//!
//! A ring is part of the producer's state, and each consumer keeps a position of its own; each side writes only its own
//! region, and reads the other's through the mapping that everybody has. So a push or a pop commits with whatever else
//! the change does. A slot is written again once every consumer has committed a position behind it; which of them count,
//! and what happens until then, is up to the wiring ([`WhenFull`](crate::state::WhenFull)).

mod consumer;
mod letters;
mod metadata;
mod producer;

pub use consumer::Consumer;
pub(crate) use consumer::decodes;
pub use letters::{Cause, DeadLetter};
pub(crate) use metadata::Metadata;
pub use producer::{Full, Lag, Producer};

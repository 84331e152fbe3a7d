//! Dead letters: messages that could not be handled, kept with the reason.

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Why a message was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its handling failed as often as the wiring allows.
    Attempts,
    /// Its bytes are no value of the message type.
    Undecodable,
    /// A transaction or update set it aside itself.
    Refused,
}

/// A message that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetter<T> {
    /// Its position in the ring.
    pub position: u64,
    /// Times its handling was attempted.
    pub attempts: u32,
    /// Why it was set aside.
    pub cause: Cause,
    /// The message; `None` where its bytes are no value of the type.
    pub message: Option<T>,
}

/// How a dead letter lies in state.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct Letter<W> {
    pub(super) position: U64,
    pub(super) attempts: U32,
    pub(super) cause: U32,
    pub(super) message: W,
}

impl Cause {
    pub(super) fn encode(self) -> u32 {
        match self {
            Self::Attempts => 0,
            Self::Undecodable => 1,
            Self::Refused => 2,
        }
    }

    pub(super) fn decode(code: u32) -> Self {
        match code {
            1 => Self::Undecodable,
            2 => Self::Refused,
            _ => Self::Attempts,
        }
    }
}

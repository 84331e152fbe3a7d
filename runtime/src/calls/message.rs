//! What crosses the two rings of a call.

use crate::state::{Message, Pair, fingerprint};

/// A question on its way to the server. Made by [`Calls::ask`](super::Calls::ask).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<T> {
    /// Identifies the call: never zero, and never used again by the same caller, whatever happens to it.
    pub id: u64,
    /// When the caller gives up, in nanoseconds of the monotonic clock.
    pub deadline: u64,
    /// The question.
    pub body: T,
}

/// An answer on its way back. Made by [`Served::serve`](super::Served::serve).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<T> {
    /// The call that it is for.
    pub id: u64,
    /// The answer, or why there is none.
    pub verdict: Result<T, Refusal>,
}

/// Why a call was not carried out, as the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The server's function said no: nothing was carried out.
    #[error("the server declined the call")]
    Declined,
    /// The server came to it after its deadline: nothing was carried out.
    #[error("the server came to the call after its deadline")]
    Expired,
    /// It was asked again, so late that the server has forgotten whether it carried it out.
    #[error(
        "the server has forgotten whether it carried the call out: ask again sooner, or keep more answers"
    )]
    Forgotten,
}

type Words = Pair<[u8; 8], [u8; 8]>;

impl<T: Message> Message for Request<T> {
    type Wire = Pair<Words, T::Wire>;
    const FINGERPRINT: u64 = fingerprint("Request", &[T::FINGERPRINT]);

    fn encode(&self, out: &mut [u8]) {
        let (words, body) = out.split_at_mut(16);
        (self.id, self.deadline).encode(words);
        self.body.encode(body);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (words, body) = bytes.split_at_checked(16)?;
        let (id, deadline) = Message::decode(words)?;
        Some(Self { id, deadline, body: T::decode(body)? })
    }
}

impl<T: Message> Message for Reply<T> {
    type Wire = Pair<[u8; 8], <Result<T, Refusal> as Message>::Wire>;
    const FINGERPRINT: u64 = fingerprint("Reply", &[T::FINGERPRINT]);

    fn encode(&self, out: &mut [u8]) {
        let (id, verdict) = out.split_at_mut(8);
        self.id.encode(id);
        self.verdict.encode(verdict);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (id, verdict) = bytes.split_at_checked(8)?;
        Some(Self { id: u64::decode(id)?, verdict: Message::decode(verdict)? })
    }
}

impl Message for Refusal {
    type Wire = [u8; 1];
    const FINGERPRINT: u64 = fingerprint("Refusal", &[]);

    fn encode(&self, out: &mut [u8]) {
        (*self as u8).encode(out);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        [Self::Declined, Self::Expired, Self::Forgotten].into_iter().find(|refusal| bytes == [*refusal as u8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: Message + PartialEq + core::fmt::Debug>(value: T) {
        let mut wire = vec![0xAA; T::SIZE];
        value.encode(&mut wire);
        assert_eq!(T::decode(&wire), Some(value));
        assert_eq!(T::decode(&wire[1..]), None);
    }

    #[test]
    fn requests_and_replies_come_back() {
        round(Request { id: 1, deadline: u64::MAX, body: (7_u32, true) });
        round(Reply { id: 9, verdict: Ok(-1_i64) });
        for refusal in [Refusal::Declined, Refusal::Expired, Refusal::Forgotten] {
            round(Reply::<u8> { id: 9, verdict: Err(refusal) });
        }
        assert_eq!(Refusal::decode(&[3]), None);
    }
}

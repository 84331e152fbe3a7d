//! [`Served`]: the server's side, a plain value in its state.

use super::caller::is_over;
use super::rings::Rings;
use super::{Refusal, Reply, Request};
use crate::collections::{Consumer, Producer};
use crate::state::{Message, Wire};
use zerocopy::little_endian::U64;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// What a server has carried out lately for one caller: its newest `K` answers of type `R`, a plain field of its state. A
/// call that is asked again is answered from there; beyond them, the server only knows that it may have carried it out.
///
/// It belongs to the two rings that it is used with first; each other caller needs a `Served` of its own.
pub type Served<R, const K: usize> = Kept<<Reply<R> as Message>::Wire, K>;

/// The answers that a server keeps, in their encoding `W`; see [`Served`].
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Kept<W, const K: usize> {
    /// The highest identifier of a call whose fate is decided.
    newest: U64,
    rings: Rings,
    rows: [W; K],
}

/// The server's function says no to a call. The caller gets [`Refusal::Declined`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declined;

/// What [`Served::serve`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing: there was no request.
    Idle,
    /// Nothing: there is no room for a reply, so no request was taken.
    Full,
    /// A call was carried out, and its answer is on its way.
    Served,
    /// A call was asked again, and its answer is repeated.
    Repeated,
    /// A call was refused.
    Refused(Refusal),
}

impl<W: Wire, const K: usize> Kept<W, K> {
    /// Takes the next request, if there is one and room for its reply, and carries it out by `run`, unless that was done
    /// before or its caller has given up. Its effects, that it was carried out, and the reply commit together, so that it
    /// is carried out once, whoever dies.
    ///
    /// A `run` that cannot go on panics, or the transaction around it returns an error: then nothing has happened, and the
    /// request is tried again, as often as its ring's `attempts` say. After that it is a dead letter, and its caller's
    /// deadline ends the call. Should an operator have such a letter delivered again, later calls may have been decided
    /// on meanwhile: then the server does not know any more that it has not carried out a copy of it, and refuses it as
    /// [`Refusal::Forgotten`].
    ///
    /// # Panics
    /// Where the answers belong to another pair of rings.
    #[track_caller]
    pub fn serve<T, R, const N: usize, const D: usize, const M: usize>(
        &mut self,
        asks: &mut Consumer<Request<T>, N, D>,
        answers: &mut Producer<Reply<R>, M>,
        run: impl FnOnce(T) -> Result<R, Declined>,
    ) -> Turn
    where
        T: Message,
        R: Message,
        Reply<R>: Message<Wire = W>,
    {
        self.rings.use_asks(asks.row());
        self.rings.use_answers(answers.row());
        if answers.room() == 0 {
            return Turn::Full;
        }
        let Some(Request { id, deadline, body }) = asks.pop() else { return Turn::Idle };
        let known = self.known::<R>(id);
        let (verdict, turn) = if let Some(Reply { verdict, .. }) = known {
            (verdict, Turn::Repeated)
        } else if id <= self.newest.get() || id > asks.reached() {
            // Carried out before, perhaps; or the caller's memory is damaged, for no call has this number yet.
            (Err(Refusal::Forgotten), Turn::Refused(Refusal::Forgotten))
        } else if is_over(deadline) {
            (Err(Refusal::Expired), Turn::Refused(Refusal::Expired))
        } else {
            match run(body) {
                Ok(answer) => (Ok(answer), Turn::Served),
                Err(Declined) => (Err(Refusal::Declined), Turn::Refused(Refusal::Declined)),
            }
        };
        let reply = Reply { id, verdict };
        // What expired stays so: were the same call carried out when a later copy of its request comes, the refusal would
        // have been a lie.
        if matches!(turn, Turn::Served | Turn::Refused(Refusal::Declined | Refusal::Expired)) {
            self.keep(&reply);
        }
        // There was room above; where the record has none, the update or transaction fails as a whole.
        let _ = answers.push(reply);
        turn
    }

    /// The answer to call `id`, if it is kept.
    fn known<R: Message>(&self, id: u64) -> Option<Reply<R>>
    where
        Reply<R>: Message<Wire = W>,
    {
        let row = self.rows.iter().position(|row| id != 0 && number(row) == id)?;
        Reply::decode(self.rows[row].as_bytes())
    }

    /// Keeps an answer in place of the oldest.
    fn keep<R: Message>(&mut self, reply: &Reply<R>)
    where
        Reply<R>: Message<Wire = W>,
    {
        self.newest = U64::new(reply.id);
        let Some(oldest) = self.rows.iter_mut().min_by_key(|row| number(*row)) else { return };
        let mut wire = W::new_zeroed();
        reply.encode(wire.as_mut_bytes());
        *oldest = wire;
    }
}

/// The identifier with which an encoded reply begins; 0 where there is none.
fn number<W: Wire>(row: &W) -> u64 {
    row.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

//! Calls between daemons: a question over one ring, its answer over another.
//!
//! Both sides keep their part of a call in their state, so a call is as durable as the state is:
//!
//! - The caller's [`Calls`] say which calls are outstanding, and until when. After the caller was started again they are
//!   outstanding still: the reply is matched by the call's identifier, or the deadline passes.
//! - The server's [`Served`] keeps its newest answers. The request that is taken, what it changes, and the reply are one
//!   commit, so a call is carried out once, however often either side dies; and one that is asked again is not carried
//!   out again.
//! - A reply to a call that is over is dropped and counted. A call that timed out is told from one that was refused: of
//!   the former nobody knows whether it was carried out, of the latter the server says that it was not.
//!
//! [`call`] does all of it for a daemon that asks one thing at a time and waits for the answer.
//!
//! A call's identifier is its place in the ring of requests, which neither a rollback nor a reset turns back. After the
//! caller was rolled back to before a call, its reply is late; rolled back to before a call's end, the call times out, or
//! is asked again. In another ring the same place is another call's: so each pair of rings has a `Calls` at one end and a
//! `Served` at the other, and neither can be used with a second pair.
//!
//! ```
//! use perennial::calls::{Calls, Declined, Done, End, Reply, Request, Served, Turn};
//! use perennial::prelude::*;
//!
//! #[daemon(mem = "256KiB")]
//! pub struct Till {
//!     asks: Producer<Request<u32>, 16>,
//!     answers: Consumer<Reply<u64>, 16>,
//!     calls: Calls<8>,
//!     takings: u64,
//! }
//!
//! #[daemon(mem = "256KiB")]
//! pub struct Bank {
//!     asks: Consumer<Request<u32>, 16>,
//!     answers: Producer<Reply<u64>, 16>,
//!     served: Served<u64, 8>,
//!     total: u64,
//! }
//!
//! impl Bank {
//!     /// Books one amount, and answers with the total.
//!     #[transaction(timeout = "1s", retries = 2)]
//!     fn book(
//!         asks: &mut Consumer<Request<u32>, 16>,
//!         answers: &mut Producer<Reply<u64>, 16>,
//!         served: &mut Served<u64, 8>,
//!         total: &mut u64,
//!     ) -> Result<bool, ()> {
//!         let turn = served.serve(asks, answers, |cents| {
//!             if cents == 0 {
//!                 return Err(Declined);
//!             }
//!             *total += u64::from(cents);
//!             Ok(*total)
//!         });
//!         Ok(turn != Turn::Full)
//!     }
//! }
//!
//! impl Daemon for Till {
//!     fn run(me: &mut Handle<Self>) -> Outcome {
//!         me.update(|s| s.calls.ask(s.asks, 250, Duration::from_secs(1)))?;
//!         while let Some(patience) = me.state().calls.patience() {
//!             if !me.wait_for(&Wait::new().messages().timeout(patience))?.is_running() {
//!                 return Ok(()); // the call stays outstanding
//!             }
//!             me.change(|s| {
//!                 while let Some(Done { id, end }) = s.calls.next(s.answers) {
//!                     match end {
//!                         End::Answered(total) => *s.takings = total,
//!                         End::Refused(why) => warn!("call {id}: {why}"),
//!                         End::TimedOut => warn!("call {id} may have been carried out"),
//!                     }
//!                 }
//!             })?;
//!         }
//!         me.wait_for_stop()
//!     }
//! }
//! ```

mod call;
mod caller;
mod message;
mod rings;
mod server;

pub use call::{CallError, Line, call};
pub use caller::{AskError, Calls, Done, End};
pub use message::{Refusal, Reply, Request};
pub use server::{Declined, Kept, Served, Turn};

//! Tests of whole trees, for users: a root in a process of its own inside an ordinary `#[test]`, with its daemons,
//! transactions and crashes, beside as many others as there are threads.
//!
//! The kit is there with the feature `test`, which belongs among the `dev-dependencies`:
//!
//! ```toml
//! [dev-dependencies]
//! perennial = { version = "0.1", features = ["test"] }
//! ```
//!
//! `cargo test` then builds the program with fault points, `cargo build` without. A test in `tests/` starts the program,
//! makes parts of it die, awaits what must come of that, and compares its state:
//!
//! ```no_run
//! use perennial::fault::Point;
//! use perennial::test::{Event, Fault, Launch};
//! use shop::Ledger;
//! # mod shop {
//! #     use perennial::prelude::*;
//! #     #[daemon(mem = "64KiB")]
//! #     pub struct Ledger { pub booked: u32 }
//! # }
//! # macro_rules! env { ($name:literal) => { "/nowhere" } }
//!
//! # /*
//! #[test]
//! # */
//! fn no_order_is_lost_between_commit_and_application() {
//!     let fault = Fault::at(Point::CommitPublished).generation(1).pass(3);
//!     let mut shop = Launch::new(env!("CARGO_BIN_EXE_shop")).fault(fault).start();
//!     shop.await_event(Event::ready("Ledger").generation(2));
//!     let killed = shop.kill("Ledger");
//!     shop.await_event(Event::ready("Ledger").after(killed));
//!     let ledger = shop.await_state::<Ledger>("all orders are booked", |ledger| *ledger.booked == 100);
//!     assert!(ledger.generation > 2);
//!     assert_eq!(shop.stop().code, Some(0));
//! }
//! # no_order_is_lost_between_commit_and_application();
//! ```
//!
//! | a test wants | and uses |
//! |---|---|
//! | a tree of its own | [`Launch`], [`Tree::start`]: a runtime directory of its own; killed when the value is dropped, and it does not outlive the test's process |
//! | that something crashes | [`Launch::fault`] with a [`Fault`] at a point or at random; [`Tree::kill`], [`Tree::kill_transaction`], [`Tree::freeze`], [`Tree::thaw`] |
//! | to await something | [`Tree::await_event`], [`Tree::await_state`], [`Tree::line`]: none sleeps a fixed time, each has a deadline ([`Launch::patience`]), and fails with what the tree has said |
//! | to look at state | [`Tree::state`]: all of a daemon's state as one commit left it, as a [`Scratch`](crate::Scratch) |
//! | to call a transaction inline | `…_inline` on such a [`Scratch`](crate::Scratch) or a new one |
//! | to call one forked, in a process that may crash | [`Scratch::forked`](crate::Scratch::forked); or a daemon of the tree does it, told by [`Tree::send`] |
//! | the end | [`Tree::stop`], [`Tree::end`]: exit code and everything that was said |
//!
//! When a test fails, the tree's runtime directory is kept, with everything that it has said in the file `log`, and the
//! test's output says where.

mod directory;
mod ended;
mod event;
mod fault;
mod launch;
mod lines;
mod observe;
mod prey;
pub mod processes;
mod random;
mod spawn;
mod tree;

pub use directory::Directory;
pub use ended::Ended;
pub use event::{Event, Wanted, What};
pub use fault::Fault;
pub use launch::Launch;
pub use random::Random;
pub use tree::{PATIENCE, Tree};

//! Daemons that a tracer kills after every instruction of what they do between two marks: a book that changes itself, a
//! teller that has a transaction do it, a pusher and a popper at the two ends of a ring. The first line of standard
//! input says which of them the test is about; the others rest.

mod book;
mod ring;
mod teller;

use book::Book;
use perennial::prelude::*;
use perennial_tests::killpoints::{Case, marks};
use perennial_tests::say;
use ring::{Popper, Pusher};
use teller::Teller;

/// The set-up hook: no process is forked before the tracer has said what it is here for.
fn which() -> Result<Case, Error> {
    let line = say::command().ok_or(Error::new("nobody says what to do"))?;
    Case::of(line.as_str()).ok_or(Error::new("an unknown case"))
}

/// Whether the daemon is among those that the test is about.
fn takes_part<S: Daemon>(me: &Handle<S>, case: Case) -> bool {
    let part = me.setup::<Case>() == Some(&case);
    if !part {
        marks::rest();
    }
    part
}

root! {
    mem = "2MiB";
    setup = which;
    daemons: [Book, Teller, Pusher, Popper];
    rings: [Pusher.out -> Popper.inbox (attempts = 4_000_000_000)];
}

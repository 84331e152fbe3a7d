//! The process tree: a gateway reads the file, a ledger books its lines.

mod gateway;
mod ledger;

use ::ledger::booking::LONGEST;
use gateway::Gateway;
use ledger::Ledger;
pub use ledger::{MOST_DEAD, MOST_LINES};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use perennial::prelude::*;
use std::path::PathBuf;
use std::process::ExitCode;

/// Lines on their way.
const RING: usize = 64;

/// A line of the file, not yet understood: whatever is in it, the gateway cannot crash of it.
#[message]
pub struct Line {
    /// Its number in the file, from 1.
    number: u32,
    kind: Kind,
    text: Text<LONGEST>,
}

/// What there is of a line.
#[message]
#[derive(PartialEq)]
pub enum Kind {
    /// All of it.
    Whole,
    /// Nothing, since it is too long or no UTF-8.
    Unreadable,
    /// It is none: there are no more.
    End,
}

impl Line {
    /// Text that can be read, or cannot.
    fn new(number: u32, text: Option<Text<LONGEST>>) -> Self {
        let kind = if text.is_some() { Kind::Whole } else { Kind::Unreadable };
        Self { number, kind, text: text.unwrap_or_default() }
    }

    /// What follows the last line.
    fn end() -> Self {
        Self { kind: Kind::End, ..Self::new(0, None) }
    }
}

root! {
    name = "ledger";
    mem = "13MiB";
    setup = open;
    daemons: [Ledger, Gateway];
    rings: [Gateway.lines -> Ledger.lines (attempts = 3)];
}

/// Runs the tree, or one of the tools that come with it: `ps`, `map`, `stop`.
pub fn run() -> ExitCode {
    main()
}

/// The folder of this run: the file of bookings, and the books once they are done.
struct Place(PathBuf);

impl Place {
    fn of<S: perennial::state::State>(me: &Handle<S>) -> Result<&'static Self, Error> {
        me.setup().ok_or_else(|| Error::new("the set-up hook left no place"))
    }
}

/// The set-up hook: `ledger run FOLDER`.
fn open() -> Result<Place, Error> {
    let Some(folder) = perennial::arguments().next().map(PathBuf::from).filter(|folder| folder.is_dir())
    else {
        return Err(Error::new("usage: ledger run FOLDER; without `run` all this is done for you"));
    };
    // Nobody looks at the books of a tree whose front is gone.
    prctl::set_pdeathsig(Signal::SIGTERM)?;
    Ok(Place(folder))
}

//! The user's check of the whole state: before each change of the user's is committed, after each rollback, and after
//! recovery.
//!
//! | commit | asked |
//! |---|---|
//! | of an `update` | before it is committed |
//! | of a transaction | in its own process, and again in the daemon about the copy that is committed |
//! | of a rollback that the program asks for | about the state that it ends with; what is refused is undone further |
//! | of a rollback in recovery | about the state that it ends with, before `run` is entered |
//! | of a failed attempt that is counted, and of a message that is set aside | no |
//! | of the answer to a request | with the transaction whose answer it is: the answer itself is no part of the state |
//!
//! A rollback that undoes many commits goes through states that were accepted when they were committed; but what was
//! accepted once need not be so for ever, for a check may look at rings, whose contents are not rolled back.
//!
//! The runtime counts attempts and sets messages aside in commits that write the consumer concerned and nothing else.
//! Were such a commit refused, the message would be handled again for ever. So `validate` is about plain fields and
//! collections, and not about what rings hold, which peers change without asking as well.

use super::Error;
use crate::commit::Region;
use crate::fault::{self, Point};
use crate::layout::WAS_RESET;
use crate::state::State;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::Ordering;
use std::panic::catch_unwind;

/// Whether the user's check accepts the state as `cells` show it, uncommitted work included. A panic refuses it.
///
/// # Errors
/// What is wrong with it.
pub fn check<S: State>(cells: &S::Cells) -> Result<(), Error> {
    fault::point(Point::ValidateCalled);
    match catch_unwind(AssertUnwindSafe(|| S::validate(&S::view(cells)))) {
        Ok(verdict) => verdict,
        Err(payload) => {
            // Dropping it could run code of the user's.
            core::mem::forget(payload);
            Err(Error::new("`validate` panicked"))
        }
    }
}

/// What came of a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Commits that were undone.
    pub commits: usize,
    /// Whether the state was then reset, for nothing that it had been pleased the user's check.
    pub reset: bool,
}

/// Undoes the newest commits, at most `commits`, and then, one by one, those that lead to a state which the user's
/// check refuses, as recovery does; resets where nothing older is left. `alive` is called before each check.
pub fn roll_back<S: State>(
    region: &Region,
    cells: &mut S::Cells,
    commits: usize,
    mut alive: impl FnMut(),
) -> Undone {
    let mut undone = Undone { commits: region.rollback(commits), reset: false };
    S::begin(cells);
    if !S::VALIDATES || undone.commits == 0 {
        return undone;
    }
    let from = region.header().applied.load(Ordering::Relaxed);
    loop {
        alive();
        let Err(why) = check::<S>(cells) else { return undone };
        let further = region.rollback(1);
        undone.commits += further;
        if further == 0 {
            region.announce_reset();
            region.finish_reset();
            // The program is told by what this returns; a successor would be, had it died on the way.
            region.header().ladder.fetch_and(!WAS_RESET, Ordering::Release);
            undone.reset = true;
        }
        S::begin(cells);
        let done = if undone.reset { "reset, for nothing older is left" } else { "undone further" };
        log::error!("rolled back to commit {from}, and {done}; `validate` refused it: {why}");
        if undone.reset {
            return undone;
        }
    }
}

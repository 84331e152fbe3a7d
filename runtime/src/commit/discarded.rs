//! Which messages a rollback was about: those that the commits it undid had taken or pushed.
//!
//! What was taken is not delivered again and what was pushed stays, but what was made of it is gone; a program that wants
//! to make up for that must know of which messages. An undone entry of the history stays where it was until the next
//! commit is appended, so the positions are read from there, and a rollback that took several newborns needs no memory
//! of its own.

use super::Region;
use super::record::Kind;
use core::sync::atomic::Ordering;

impl Region {
    /// Calls `each(field, position)` with where ring ends were before each of the newest `commits`, all of which were
    /// undone just now. For one ring end there may be several; the lowest counts.
    pub fn undone_positions(&self, commits: usize, mut each: impl FnMut(usize, u64)) {
        let history = self.history();
        let mut at = self.header().history_head.load(Ordering::Relaxed);
        let mut newest = 0;
        for _ in 0..commits {
            // What was there in an earlier round of the ring is older.
            let Some(undo) = history.undone(at).filter(|undo| undo.sequence > newest) else { return };
            newest = undo.sequence;
            history.all_items(undo, |kind, field, position, _, _| {
                if kind == Kind::Position {
                    each(usize::from(field), position);
                }
            });
            at = undo.end();
        }
    }
}

//! The user's check of the whole state: before each change of the user's is committed, and after recovery.
//!
//! What a commit of the runtime's own does is not asked about: that a failed attempt was counted, that a message was
//! set aside, or that older commits were undone. Were such a commit refused, the message would be handled again for
//! ever. So `validate` is about plain fields and collections, and not about what rings hold.

use super::Error;
use crate::fault::{self, Point};
use crate::state::State;
use core::panic::AssertUnwindSafe;
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

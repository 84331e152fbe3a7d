//! The failure matrix: every failure, in every place, and what must come of it.
//!
//! | file | what lives there |
//! |---|---|
//! | `place` | where a process can be struck |
//! | `outcome` | what its caller or its successor is told, derived from what the failure is by nature |
//! | `trial` | striking a running tree and checking everything afterwards |
//! | `checks` | comparing what was said with what must be |
//! | `table` | `FAILURES.md` |
//!
//! The tests are made from the same lists as the table, one for each cell: a cell without a test cannot exist.

pub mod checks;
pub mod outcome;
pub mod place;
pub mod table;
pub mod trial;

pub use outcome::{Outcome, Told, Why, outcome};
pub use place::Place;
pub use trial::Trial;

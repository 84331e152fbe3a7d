//! The parts of the ledger that do not depend on the process tree, each tested by itself.
//!
//! [`audit`], the proof at the end, shares nothing with the daemons but the chart of accounts and the files.

pub mod audit;
pub mod booking;
pub mod books;
pub mod chart;
pub mod sample;
pub mod storm;

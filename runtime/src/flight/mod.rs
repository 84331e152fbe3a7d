//! Flights: transactions on their way, from the fork to the commit.
//!
//! | file | what lives there |
//! |---|---|
//! | `spec` | what `#[transaction(…)]` said |
//! | `word` | the states of a slot's word |
//! | `slots` | a daemon's slots: which are free, which wait for a dead process |
//! | `child` | the transaction's side: from the fork to the announcement |
//! | `parent` | the daemon's side: waiting, taking over, committing |
//! | `transact` | the call: attempts, retries, answers |

mod child;
mod parent;
mod slots;
mod spec;
mod transact;
pub mod word;

pub use slots::{Slots, watch_children};
pub use spec::{Spec, TaskResult};

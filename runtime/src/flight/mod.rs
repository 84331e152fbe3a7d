//! Flights: transactions on their way, from the fork to the commit.
//!
//! | file | what lives there |
//! |---|---|
//! | `spec` | what `#[transaction(…)]` said |
//! | `checks` | what is checked while compiling |
//! | `word` | the states of a slot's word |
//! | `slots` | a daemon's slots: their memory, and which is free |
//! | `children` | a daemon's children: flights until they are reaped, and what they leave behind |
//! | `child` | the transaction's side: from the fork to the announcement |
//! | `parent` | the daemon's side: waiting, taking over, committing |
//! | `transact` | the call: attempts, retries, answers |

mod checks;
mod child;
mod children;
mod parent;
mod slots;
mod spec;
mod transact;
pub mod word;

pub use checks::{Checked, Writes, borrowed, returned, written};
pub use children::{Children, leave, mark_adopted, watch_children};
pub use slots::Slots;
pub use spec::{Spec, TaskResult};

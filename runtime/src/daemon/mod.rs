//! What runs in a daemon's process: its birth, its handle, how it waits and how it ends.

mod birth;
mod checkpoints;
mod core;
mod discarded;
mod doorbell;
mod end;
mod handle;
#[doc(hidden)]
pub mod handlers;
mod incident;
mod inherit;
mod ladder;
mod life;
mod links;
mod plan;
mod recovery;
mod replay;
mod room;
mod snapshot;
mod subscribe;
mod validate;
mod wait;

pub use self::core::Core;
pub use birth::{Boot, enter};
pub use checkpoints::{Checkpoint, NameTooLong, NoCheckpoint};
pub use discarded::Discarded;
pub use doorbell::Doorbell;
pub use end::{Ended, Error, Outcome};
pub use handle::{Handle, Recovered, Start};
pub use incident::{Activity, Damaged, Decision, Incident, Rung};
pub use links::MOST_PEERS;
pub(crate) use links::{ring, wake_readers};
pub(crate) use room::wait_for_room;
#[doc(hidden)]
pub use snapshot::{PublishedField, Show, Shown, copied, publishes};
pub use snapshot::{Publishes, Snapshot, SnapshotError};
pub use subscribe::{News, NotSubscribed, RolledBack};
pub(crate) use validate::check;
pub use wait::{Wait, Woken};

use crate::state::State;

/// A daemon: what it does with its state.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "64KiB")]
/// pub struct Heart { beats: u64 }
///
/// impl Daemon for Heart {
///     fn run(me: &mut Handle<Self>) -> Outcome {
///         me.set_alarm(Duration::from_secs(1));
///         while me.wait()?.is_running() {
///             me.change(|s| *s.beats += 1)?;
///             me.set_alarm(Duration::from_secs(1));
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "daemon `{Self}` has nothing to run",
    label = "no `impl Daemon`",
    note = "write `impl Daemon for {Self} {{ fn run(me: &mut Handle<Self>) -> Outcome {{ … }} }}`",
    note = "the state of a daemon is a struct with `#[daemon(mem = \"4MiB\")]`"
)]
pub trait Daemon: State {
    /// Runs until the daemon is done or asked to stop. What it returns, and whether it panics or crashes,
    /// decides with the daemon's `kind` whether it is started again.
    ///
    /// # Errors
    /// Whatever the daemon cannot go on from.
    fn run(me: &mut Handle<Self>) -> Outcome;
}

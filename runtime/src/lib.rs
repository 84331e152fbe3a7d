//! Crash-tolerant process trees on Linux.
//!
//! A program is one binary and one tree of processes. The **root** owns all memory and forks; **daemons** run
//! the application, and are forked again when they die; **transactions** run whatever may crash, in a forked
//! process of their own, and take effect as a whole or not at all.
//!
//! State is declared by attributes and lies in memory that the root owns: it survives every process of the
//! tree. Every change of it is a commit: a crash at any instruction loses nothing committed and keeps nothing
//! uncommitted.
//!
//! ```no_run
//! use perennial::prelude::*;
//!
//! #[daemon(mem = "128KiB")]
//! pub struct Counter { count: u64 }
//!
//! impl Counter {
//!     /// Runs in a process of its own; `count` changes when it returns `Ok`.
//!     #[transaction(timeout = "1s", retries = 1)]
//!     fn step(count: &mut u64, by: u64) -> Result<u64, ()> {
//!         *count = count.checked_add(by).ok_or(())?;
//!         Ok(*count)
//!     }
//! }
//!
//! impl Daemon for Counter {
//!     fn run(me: &mut Handle<Self>) -> Outcome {
//!         while *me.state().count < 10 {
//!             if let Err(failure) = Counter::step(me, 3) {
//!                 warn!("one step less: {}", matches!(failure, Failure::Crashed(_)));
//!             }
//!         }
//!         me.shutdown(0);
//!         me.wait_for_stop()
//!     }
//! }
//!
//! root! {
//!     mem = "1MiB";
//!     daemons: [Counter];
//! }
//! ```

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
compile_error!(
    "perennial runs on Linux on x86-64 and aarch64 only: it is built on forks, futexes and sealed memory files of the Linux kernel"
);

pub mod calls;
mod cli;
pub mod collections;
mod commit;
pub mod crc;
pub mod daemon;
pub mod failure;
pub mod fault;
mod flight;
mod foreign;
mod glue;
#[doc(hidden)]
pub mod heap;
mod hot;
pub mod id;
#[doc(hidden)]
pub mod konst;
pub mod layout;
pub mod locks;
mod logger;
pub mod prelude;
#[cfg(loom)]
#[doc(hidden)]
pub mod protocol;
#[cfg(not(loom))]
mod protocol;
pub mod report;
pub mod root;
pub mod state;
mod sys;
#[cfg(feature = "test")]
pub mod test;
pub mod time;

pub use cli::arguments;
pub use collections::{
    Array, Bitmap, Buffer, Consumer, Histogram, Live, LiveReader, Map, OrderedMap, Pool, Producer, Queue,
    Slot, Text, Vector,
};
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use commit::fuzzing;
pub use daemon::{Daemon, Error, Handle, Outcome};
pub use failure::Failure;
pub use perennial_macros::{daemon, message, plain, root, transaction};
pub use state::{Message, Plain, Scratch};

/// What generated code calls. Not for users: it may change with any version.
#[doc(hidden)]
pub mod __private {
    pub use crate::__c_heap as c_heap;
    pub use crate::__c_signals as c_signals;
    pub use crate::cli::main;
    pub use crate::commit::Overrun;
    pub use crate::daemon::handlers;
    pub use crate::daemon::{
        Daemon, Decision, Error, Handle, Incident, PublishedField, Publishes, Show, Shown, copied, publishes,
    };
    pub use crate::failure::Failure;
    pub use crate::flight::{Checked, Spec, TaskResult, Writes, borrowed, returned, written};
    pub use crate::glue::{DecideMissing, Decider, decided, validated};
    pub use crate::heap::{self, Heap};
    pub use crate::hot::share;
    pub use crate::konst;
    pub use crate::layout::{field_fits, fits, history_fits, record_fits};
    pub use crate::root::{
        Descriptor, End, Ring, Strategy, Subscription, Tree, check_daemon, check_order, check_wires,
        root_fits, run_setup,
    };
    pub use crate::state::{
        Attempt, Escalation, Field, FieldInfo, FieldSet, Frame, Kind, Message, Options, Outline, Part, Place,
        Plain, Proved, Restart, State, WhenFull, Wire, crosses, derives as zerocopy, fingerprint, plain,
    };
    pub use ::zerocopy as original;
    pub use libc;
}

//! Locks within a daemon's family: the daemon, its transactions, and their threads.
//!
//! State needs none of them: it is changed by commits. They are for what a family does together outside of its state:
//! a device that one at a time may use, a cache, a count of what is under way. They lie in memory that all of the
//! family may write, wait by futex, and survive the death of whoever holds them at any instruction:
//!
//! | lock | when its holder dies |
//! |---|---|
//! | [`Mutex`], [`RwLock`] for writing | the next owner is told, and repairs the value or poisons the lock |
//! | [`RwLock`] for reading | the reader is gone |
//! | [`Semaphore`] | its permits are free again |
//! | [`Once`], [`OnceLock`] | the next one begins anew |
//! | [`Condvar`] | a notification that was begun reaches everybody |
//!
//! They are fields of a daemon as [`Shared`]. What they guard is [`Plain`](crate::Plain). A thread can hold 128 of them
//! at a time. They must not be used in signal handlers. A guard belongs to one thread and to the process that made it:
//! dropped in a child of libc's `fork` it does nothing. A child of a bare `clone` takes itself for its parent, and must not
//! touch them.
//!
//! The kernel looks after one thread at a time. Of a transaction that has died the daemon hears when its main thread was
//! looked after; what the others held, or what it was just taking or giving back, is free a moment later. So after a
//! death a daemon should `lock`, or `try_lock_for` some time, rather than `try_lock`.
//!
//! Anywhere else, in a `static` or on the heap, they do the same between the threads of one process: which dies as a
//! whole, so that only a panic makes them inconsistent, and a guard that is forgotten locks for ever.

mod condvar;
mod error;
mod guarded;
mod mutex;
mod once;
#[cfg_attr(loom, doc(hidden))]
#[cfg(loom)]
pub mod platform;
#[cfg(not(loom))]
mod platform;
mod rwlock;
mod semaphore;
mod shared;
mod word;

pub use condvar::Condvar;
pub use error::{LockError, TryLockError};
pub use mutex::{Inconsistent, LockResult, Mutex, MutexGuard, TryLockResult};
pub use once::{Once, OnceLock};
use platform::Thread;
pub use rwlock::{InconsistentWrite, ReadGuard, RwLock, TryWriteResult, WriteGuard, WriteResult};
pub use semaphore::{Permit, Semaphore};
pub use shared::{Shareable, Shared};

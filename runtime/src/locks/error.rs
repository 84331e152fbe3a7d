//! What a lock answers instead of a guard.

use thiserror::Error;

/// Why `lock`, `read` or `write` gave no guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LockError<G> {
    /// The last owner died, or panicked, while it held the lock: the value may be half changed. The lock is held by
    /// what is in here, which can repair it.
    #[error("the last owner died while it held the lock")]
    Inconsistent(G),
    /// Somebody found the value inconsistent and did not repair it. It stays so until the daemon starts anew.
    #[error("the value was left inconsistent")]
    Poisoned,
}

/// Why `try_lock` and its like gave no guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TryLockError<G> {
    /// As in [`LockError`].
    #[error("the last owner died while it held the lock")]
    Inconsistent(G),
    /// As in [`LockError`].
    #[error("the value was left inconsistent")]
    Poisoned,
    /// Somebody else holds the lock, or has held it until the time was over.
    #[error("somebody else holds the lock")]
    WouldBlock,
}

impl<G> From<LockError<G>> for TryLockError<G> {
    fn from(error: LockError<G>) -> Self {
        match error {
            LockError::Inconsistent(guard) => Self::Inconsistent(guard),
            LockError::Poisoned => Self::Poisoned,
        }
    }
}

//! Why a collection refused a change.

use crate::commit::Overrun;

/// Why a collection refused a change. Nothing was changed by the refused call; but after `OverBudget`, what the rest of
/// the change reads of the collection is unspecified, since nothing of that change can be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectionError {
    /// The index is not below the length.
    #[error("index {index} is out of range: the collection has {len} elements")]
    OutOfRange {
        /// The index asked for.
        index: usize,
        /// Elements there are.
        len: usize,
    },
    /// What the handle led to is gone.
    #[error("the handle is stale: what it led to was removed")]
    Stale,
    /// There is no room for what was to be added.
    #[error("the collection is full: declare it with a larger capacity or take something out")]
    Full,
    /// The change is larger than one record; the whole update or transaction fails with it.
    #[error(transparent)]
    OverBudget(#[from] Overrun),
}

/// Why a collection refused a value, which is handed back.
///
/// ```
/// use perennial::collections::{CollectionError, InsertError};
/// let refused = InsertError::Full("a value");
/// assert_eq!(CollectionError::from(refused), CollectionError::Full);
/// assert_eq!(refused.into_inner(), "a value");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertError<T> {
    /// There is no room for it in the collection.
    #[error("{}", CollectionError::Full)]
    Full(T),
    /// There is no room for it in the record; the whole update or transaction fails with it.
    #[error("{Overrun}")]
    OverBudget(T),
}

impl<T> InsertError<T> {
    /// The value that was refused.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::OverBudget(value) => value,
        }
    }
}

impl<T> From<InsertError<T>> for CollectionError {
    fn from(error: InsertError<T>) -> Self {
        match error {
            InsertError::Full(_) => Self::Full,
            InsertError::OverBudget(_) => Self::OverBudget(Overrun),
        }
    }
}

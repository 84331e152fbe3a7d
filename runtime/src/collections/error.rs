//! Why a collection refused a change.

use crate::commit::Overrun;

/// Why a collection refused a change. Nothing was changed by the refused call.
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
    /// The change is larger than one record; the whole update or transaction fails with it.
    #[error(transparent)]
    OverBudget(#[from] Overrun),
}

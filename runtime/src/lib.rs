//! Stub.

#[doc(hidden)]
pub mod heap;

/// What generated code needs.
#[doc(hidden)]
pub mod __private {
    pub use crate::__c_heap as c_heap;
    pub use crate::heap::Heap;
}

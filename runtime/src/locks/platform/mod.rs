//! What the protocols of the locks stand on: atomics, futexes, the calling thread's robust list.
//!
//! There are two of it. `real` asks the kernel; `model` is for loom, with futexes, robust lists and the death of a
//! thread at any step of its as the kernel does them. The protocols above are the same source for both.

#[cfg(loom)]
pub mod model;
#[cfg(not(loom))]
mod real;
#[cfg(not(loom))]
mod thread;

#[cfg(loom)]
pub use model::*;
#[cfg(not(loom))]
pub use real::*;

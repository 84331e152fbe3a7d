//! What root exits with. A daemon's `shutdown(code)` sets any other.

/// Stopped in order.
pub const DONE: i32 = 0;
/// The command line makes no sense (as in sysexits.h).
pub const USAGE: i32 = 64;
/// Memory, limits or the runtime directory are not to be had, or the tree runs already.
pub const UNAVAILABLE: i32 = 69;
/// The kernel refused a step of the seal.
pub const SEAL: i32 = 71;
/// The set-up hook failed.
pub const SETUP: i32 = 78;
/// A daemon died more often than `max_restarts` within `within`.
pub const RESTARTS: i32 = 80;
/// A daemon did not stop within its `stop_timeout` and was killed.
pub const FORCED: i32 = 81;

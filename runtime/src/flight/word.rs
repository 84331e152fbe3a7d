//! The states of a slot's word.
//!
//! While the transaction runs the word holds its TID and the waiters' bit, which the kernel needs to mark
//! its death. Announced states are above every TID and have neither of the kernel's bits, so the kernel
//! leaves them alone when the process ends. Each state is left by one compare-exchange: a transaction and
//! the daemon that gives it up cannot both win.

/// Nobody uses the slot, or the transaction has not registered yet.
pub const FREE: u32 = 0;
/// The task returned `Ok`; record and result are complete.
pub const PREPARED: u32 = 0x2000_0001;
/// The task returned `Err`; the result is complete.
pub const FAILED: u32 = 0x2000_0002;
/// The task panicked; the report is complete.
pub const PANICKED: u32 = 0x2000_0003;
/// The change did not fit into the record.
pub const OVERRUN: u32 = 0x2000_0004;
/// The crash handler ran; the report is complete.
pub const CRASHED: u32 = 0x2000_0005;
/// The daemon has taken the record over.
pub const COMMITTING: u32 = 0x2000_0006;
/// The daemon has given the flight up.
pub const ABANDONED: u32 = 0x2000_0007;
/// The daemon's `validate` refused what the task did; the result says why.
pub const INVALID: u32 = 0x2000_0008;

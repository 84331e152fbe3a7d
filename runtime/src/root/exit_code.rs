//! What root exits with, and what to do about it.
//!
//! | code | when | what to do |
//! |---|---|---|
//! | 0 | the tree was asked to stop (SIGTERM, SIGINT, `stop`) and did so in order, or its last daemon has finished | nothing |
//! | 64 | the command line or the settings file makes no sense; the message names the line | correct it; starting again does not help |
//! | 69 | memory, limits or the runtime directory are not to be had, the tree runs already, or (tools) does not run | the message says what is missing; starting again later may help |
//! | 71 | the kernel refused a step of the seal, or root could not keep the daemons' memory apart | look at the kernel's version and at the limits that the program is started with |
//! | 78 | the set-up hook failed or left threads running | the message is the hook's |
//! | 80 | a daemon died more often than `max_restarts` within `within`, with the escalation `stop`; or the tree has gone on without it (`abandon`) and all others have finished | look in the log for why it died; state is gone, starting again begins anew |
//! | 81 | asked to stop, but a daemon did not within its `stop_timeout`, or a second request came first: it was killed | nothing; if it happens often, raise `stop_timeout` or see what the daemon does |
//! | 101 | root itself panicked, which it never should | report it |
//! | any | a daemon said `shutdown(code)`, or its escalation `stop(code)` was reached | what the program says |
//!
//! Ended by a signal (a shell shows 128 and its number): SIGKILL, or a crash of root's own. Daemons and
//! transactions end with root in every case.

/// Stopped in order.
pub const DONE: i32 = 0;
/// The command line makes no sense (as in sysexits.h), or the settings file.
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

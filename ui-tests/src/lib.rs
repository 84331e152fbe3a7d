//! Programs that use the macros well and badly, and what the compiler says of them.
//!
//! - `cases/pass/*.rs` builds and runs, `cases/fail/MACRO/*.rs` is one misuse each, with the compiler's words beside
//!   it (`tests/ui.rs`).
//! - The words are held against rules: one error, at the user's own token, with a remedy (`tests/check.rs`).
//!
//! # How to bless
//!
//! After a change of messages, `TRYBUILD=overwrite cargo test -p perennial-ui-tests --test ui -- ui_fail`, and read
//! the difference; `… -- ui_fail trybuild=daemon/mem_unit` does one case alone.

pub mod cases;
pub mod rules;
pub mod stderr;

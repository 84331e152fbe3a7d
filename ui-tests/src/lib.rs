//! Programs that use the macros well and badly, and what the compiler says of them.
//!
//! - `cases/pass/*.rs` builds and runs, `cases/fail/MACRO/*.rs` is one misuse each, with the compiler's words beside
//!   it (`tests/ui.rs`).
//! - The words are held against rules: one error, at the user's own token, with a remedy (`tests/check.rs`).
//!
//! - Every text that can stand in an error is shown by a case (`tests/table.rs`), which also generates the table of
//!   them, `DIAGNOSTICS.md`, and the page for users, `COMPILER.md`.
//! - What no file below `cases` can show has a test of its own (`tests/profile.rs`, the package `renamed`).
//!
//! # How to bless
//!
//! After a change of messages, `TRYBUILD=overwrite cargo test -p perennial-ui-tests --test ui -- ui_fail`, and read
//! the difference; `… -- ui_fail trybuild=daemon/mem_unit` does one case alone.
//! Then `UPDATE_PAGES=1 cargo test -p perennial-ui-tests --test table` for the pages. What the words depend on is pinned:
//! the compiler and its components in `tests/ui.rs`, the dependencies in `Cargo.lock`.

pub mod cases;
pub mod rules;
pub mod stderr;

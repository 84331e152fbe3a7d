//! Programs that use the macros well and badly, and what the compiler says; see `tests/ui.rs`.

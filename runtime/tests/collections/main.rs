//! Collections against std's as models: random operations, commits, discards, panics, deaths, rollbacks, resets,
//! and damage.

mod harness;
mod map;
mod ordered_map;
mod vector;

//! Collections against std's as models: random operations, commits, discards, panics, deaths, rollbacks, resets,
//! and damage.

mod bitmap;
mod buffer;
mod costs;
mod harness;
mod histogram;
mod map;
mod map_costs;
mod ordered_map;
mod pool;
mod queue;
mod vector;

//! What the programs of this package share: figures as the benches of perennial print them, and a few words in memory
//! that all of the processes map.

#[path = "../../src/bench/mod.rs"]
pub mod bench;
pub mod shared;

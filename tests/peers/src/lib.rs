//! What the programs of this package share: figures as the benches of perennial print them, and a few words in memory
//! that all of the processes map.

pub use perennial_figures as bench;
pub mod shared;

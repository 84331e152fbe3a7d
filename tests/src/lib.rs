//! What the integration tests share.
//!
//! A test starts a tree, one of the programs in `src/bin`, as a child process in a directory of its own,
//! talks to it over its standard input and output, and compares what it says with a model of its own.
//!
//! | module | what lives there |
//! |---|---|
//! | `tree` | starting a tree, awaiting its lines, its end |
//! | `directory` | a directory for each tree |
//! | `words` | reading the lines |
//! | `census` | what a tree holds: processes, descriptors, mappings |
//! | `say` | lines from a tree to its test, without memory from the heap; commands the other way |
//! | `fault` | how a tree fails when it is told to |
//! | `model` | what the state of the tree `failures` must be |
//! | `growth` | calls in a trace that make memory grow |
//! | `siblings` | daemons for trees of different strategies |
//! | `random` | reproducible random numbers |

pub mod census;
pub mod directory;
pub mod fault;
pub mod growth;
pub mod matrix;
pub mod model;
pub mod random;
pub mod say;
pub mod siblings;
pub mod tree;
pub mod words;

pub use census::{Holdings, Process};
pub use model::Model;
pub use tree::{Ended, Launch, Tree};
pub use words::{field, number};

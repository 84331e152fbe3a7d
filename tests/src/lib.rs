//! What the integration tests share.
//!
//! A test starts a tree, one of the programs in `src/bin`, as a child process in a directory of its own,
//! talks to it over its standard input and output, and compares what it says with a model of its own.
//!
//! What users' tests need as well is in `perennial::test`: trees, their events, faults, processes.
//!
//! | module | what lives there |
//! |---|---|
//! | `words` | reading the lines |
//! | `census` | what a tree holds: processes, descriptors, mappings |
//! | `say` | lines from a tree to its test, without memory from the heap; commands the other way |
//! | `collecting` | what a tree does to its collections, and what they must hold then |
//! | `shelving` | what a tree does to its maps and its buffer, and what they must hold then |
//! | `strike` | a kill from outside |
//! | `line` | what goes along the line of daemons that is killed everywhere |
//! | `killpoints` | a process of a tree, killed after each single instruction |
//! | `kills` | who was killed, and while it did what |
//! | `fault` | how a tree fails when it is told to |
//! | `machine` | a tree that a state machine drives, and what must come of it |
//! | `members` | trees that a state machine drives by groups, with policies and damage, and what must come of them |
//! | `model` | what the state of the tree `failures` must be |
//! | `graph` | the call graph of a linked binary |
//! | `histogram` | quantiles of what a tree measures of itself |
//! | `growth` | calls in a trace that make memory grow |
//! | `enduring` | daemons that live on whatever happens to root's system calls |
//! | `guarded` | daemons with a watchdog |
//! | `interpose` | system calls of root that fail |
//! | `siblings` | daemons for trees of different strategies |
//! | `storm` | kills of random processes of a tree |
//! | `strace` | trees under strace |
//! | `timed` | calls in a trace that wait for a clock |
//! | `table` | root's table as a tool sees it |
//! | `usage` | memory, descriptors and threads of a process |
//! | `wild` | stores of a daemon past all protection |

pub mod census;
pub mod collecting;
pub mod enduring;
pub mod fault;
pub mod graph;
pub mod growth;
pub mod guarded;
pub mod histogram;
pub mod interpose;
pub mod killpoints;
pub mod kills;
pub mod line;
pub mod machine;
pub mod matrix;
pub mod members;
pub mod model;
pub mod say;
pub mod shelving;
pub mod siblings;
pub mod storm;
pub mod strace;
pub mod strike;
pub mod table;
pub mod timed;
pub mod usage;
pub mod wild;
pub mod words;

pub use census::{Holdings, Process};
pub use model::Model;
pub use perennial::test::{Ended, Launch, PATIENCE, Tree};
pub use words::{field, number};

//! Root: owns all memory, forks the daemons, forks again whenever one dies, and does nothing else.
//!
//! | file | what lives there |
//! |---|---|
//! | `tree` | the tree as constants |
//! | `arena`, `block` | the memory of the tree, and root's own table in it |
//! | `run` | from the command line to the seal |
//! | `seal` | what is given up before the first fork |
//! | `supervisor` | the event loop |
//! | `stop` | how the tree stops |
//! | `child` | one daemon as the supervisor sees it: restart, backoff, intensity |
//! | `signals` | what a signal does to root |
//! | `settings` | what may change while the tree runs, and SIGHUP |
//! | `status` | how a daemon ended in words, and SIGQUIT |
//! | `socket` | the runtime directory: one root of a name, and the descriptor for tools |
//! | `exit_code` | what root exits with |

mod arena;
mod block;
mod child;
pub mod exit_code;
mod run;
mod seal;
mod settings;
mod signals;
mod socket;
mod status;
mod stop;
mod supervisor;
mod tree;

pub use arena::{Arenas, MemoryError};
pub use block::{Block, Entry, MAGIC, MOST_DAEMONS, Order, Phase};
pub use run::{run, run_setup, setup_value};
pub(crate) use signals::KNOCK;
pub(crate) use status::Ending;
pub use settings::{Policy, SettingsError};
pub use signals::default_signals;
pub use socket::{Directory, DirectoryError, socket_path};
pub use tree::{Descriptor, Ring, SetupError, Strategy, Tree};

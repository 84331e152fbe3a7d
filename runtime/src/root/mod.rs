//! Root: owns all memory, forks the daemons, forks again whenever one dies, and does nothing else.
//!
//! | file | what lives there |
//! |---|---|
//! | `tree`, `wiring`, `checks`, `budget` | the tree as constants, and what `root!` can get wrong about it |
//! | `arena`, `block` | the memory of the tree, and root's own table in it |
//! | `run` | from the command line to the seal |
//! | `seal` | what is given up before the first fork |
//! | `supervisor` | the event loop |
//! | `child` | one daemon as the supervisor sees it: restart, backoff, intensity, escalation |
//! | `order`, `start` | in which order daemons are started, and the fork |
//! | `death`, `obituary`, `told` | noticing deaths, finding out about them, and what follows |
//! | `retire` | what is recovered of a daemon that is not started again |
//! | `group` | the strategies: what a death means for the others |
//! | `watchdog` | daemons that hang, or do not become ready |
//! | `stop` | how the tree stops |
//! | `events` | what happens, as numbers for those who observe the tree |
//! | `time` | arithmetic with times that cannot panic |
//! | `signals` | what a signal does to root |
//! | `settings` | what may change while the tree runs, and SIGHUP |
//! | `status` | how a daemon ended in words, and SIGQUIT |
//! | `socket` | the runtime directory: one root of a name, and the descriptor for tools |
//! | `exit_code` | what root exits with |

mod arena;
mod block;
mod budget;
mod checks;
mod child;
mod death;
mod events;
pub mod exit_code;
mod group;
mod obituary;
mod order;
mod replay;
mod retire;
mod run;
mod seal;
mod settings;
mod signals;
mod socket;
mod start;
mod status;
mod stop;
mod supervisor;
mod time;
mod told;
mod tree;
mod watchdog;
mod wiring;

pub use arena::{Arenas, MemoryError};
pub use block::{Block, Entry, MAGIC, MOST_DAEMONS, Order, Phase};
pub use budget::{root_fits, root_table};
pub use checks::{check_daemon, check_order, check_wires};
pub use events::{Events, Happened, Kind};
pub(crate) use replay::requests_path;
pub use run::{run, run_setup, setup_value};
pub use settings::SettingsError;
pub(crate) use signals::KNOCK;
pub use signals::default_signals;
pub use socket::{Directory, DirectoryError, socket_path};
pub(crate) use status::Ending;
pub use tree::{Descriptor, SetupError, Strategy, Subscription, Tree};
pub use wiring::{End, Ring};

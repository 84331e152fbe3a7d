//! A process of a tree, killed after each single instruction of what it does between two marks.
//!
//! A tracer goes along with all processes of a tree. It steps once through what is to be tried and notes the way, one
//! address for each instruction; then, for each instruction of that way, it lets the process go there, kills it, and
//! looks at what its successor begins with. A breakpoint of the processor's leads to the last address before that
//! instruction which comes up once only, so that a point costs about a restart, not all the steps before it.
//!
//! | module | what lives there |
//! |---|---|
//! | `marks` | the functions at which a tree's daemons meet the tracer |
//! | `book`, `teller`, `ring` | what those daemons must hold |
//! | `desk`, `counter`, `ends` | the same, under the tracer |
//! | `symbols` | functions and addresses |
//! | `tracee` | one process under the tracer: breakpoints, steps, memory |
//! | `tracer` | all of them, and what happens to them |
//! | `walk` | stepping through a way, and going to a point of it |
//! | `path` | the way from one mark to another |
//! | `shared` | what a process leaves behind, whatever becomes of it |
//! | `observer` | what a reader of the region would see at each step |
//! | `oracle` | whether a commit has come about |
//! | `guard` | a tree that stands still fails its test |
//! | `tally` | what became of the points |

pub mod book;
mod counter;
mod desk;
mod ends;
mod guard;
pub mod marks;
mod observer;
mod oracle;
mod path;
pub mod ring;
mod shared;
mod symbols;
mod tally;
pub mod teller;
mod tracee;
mod tracer;
mod walk;

pub use counter::Counter;
pub use desk::Desk;
pub use ends::{Ends, Victim};
pub use marks::WORDS;
pub use observer::Observer;
pub use oracle::Oracle;
pub use path::Path;
pub use symbols::Symbols;
pub use tally::{Tally, usual};
pub use tracee::Tracee;
pub use tracer::{Event, Tracer};

/// Which daemons of the tree take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// The book.
    Book,
    /// The teller.
    Teller,
    /// Pusher and popper.
    Ring,
}

impl Case {
    const ALL: [Self; 3] = [Self::Book, Self::Teller, Self::Ring];

    /// As it is told to the tree.
    pub fn name(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Teller => "teller",
            Self::Ring => "ring",
        }
    }

    /// How many of the tree's four daemons do not take part.
    pub fn resting(self) -> usize {
        match self {
            Self::Book | Self::Teller => 3,
            Self::Ring => 2,
        }
    }

    /// The case of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }
}

//! How a tree fails when it is told to: every failure of the matrix, raised for real.
//!
//! | file | what lives there |
//! |---|---|
//! | `memory` | accesses that the kernel refuses |
//! | `processor` | exceptions of the processor |
//! | `stack` | stacks that overflow |
//! | `endings` | signals, exits and hangs |
//! | `panics` | panics, in every place where they matter |
//! | `resources` | memory, descriptors, files and discs that come to an end |
//! | `company` | children and threads that do not end with their process |
//! | `handler` | crashes of which no handler can tell |
//! | `target` | addresses that are written to |

mod company;
mod endings;
mod handler;
mod memory;
mod panics;
mod processor;
mod resources;
mod stack;
pub mod target;

pub use panics::PANIC;
use perennial::message;

/// The list of all failures: identifier, name, what is done. Whatever goes through all of them is made from it.
#[macro_export]
macro_rules! every_fault {
    ($do:ident) => {
        $do! {
            Null null "a C function writes through a null pointer";
            Wild wild "a read at an address that no processor accepts (non-canonical)";
            Unmapped unmapped "a write at an address where nothing is mapped";
            Peer peer "a write into a peer's image, where everybody reads it";
            PeerAlias peer_alias "a write into a peer's image, at the address where its owner writes it";
            ReadOnly read_only "a write into one's own image through the read-only mapping";
            Jump jump "a jump into data";
            Divide divide "an integer division by zero, in assembly";
            Quotient quotient "an integer division by zero, in C";
            Illegal illegal "an illegal instruction (`ud2`)";
            Misaligned misaligned "an aligned vector store (`movaps`) at an odd address";
            Alignment alignment "a misaligned access while alignment is checked (`EFLAGS.AC`)";
            Abort abort "`abort`";
            Overflow overflow "the main stack overflows, in Rust";
            Recursion recursion "the main stack overflows by recursion in C";
            Kill kill "SIGKILL";
            Terminate terminate "SIGTERM";
            Stop stop "SIGSTOP, for ever";
            Exit exit "`exit(0)`";
            QuickExit quick_exit "`_exit(1)`";
            Exec exec "`exec` of another program";
            Panic panic "a panic";
            DoublePanic double_panic "a panic while panicking";
            ForeignPanic foreign_panic "a panic that would cross `extern \"C\"`";
            Error error "an error is returned";
            Loop endless_loop "an endless loop";
            Sleep sleep "a sleep for ever";
            Vec vec "the heap is exhausted, in Rust";
            Malloc malloc "the heap is exhausted, in C, which checks";
            Unchecked unchecked "the heap is exhausted, in C, which does not check";
            Overrun overrun "a change is larger than a record";
            FileSize file_size "the limit on file sizes is hit, with SIGXFSZ ignored as the runtime leaves it";
            FileSizeSignal file_size_signal "the limit on file sizes is hit, with SIGXFSZ at its default";
            Descriptors descriptors "the limit on open files is hit";
            DiscFull disc_full "the disc is full for its output (`/dev/full`)";
            Family family "it forks children, one into a session of its own, and dies";
            HandlerStack handler_stack "a crash when the crash handler's stack is gone";
            HandlerReport handler_report "a crash inside the crash handler";
            Blocked blocked "a crash with all signals blocked";
            Thread thread "a crash while a second thread goes on";
            ThreadCrash thread_crash "a crash of a second thread while the main one goes on";
            ThreadLeft thread_left "the main thread ends alone, a second one goes on";
        }
    };
}

macro_rules! define {
    ($($fault:ident $name:ident $what:literal;)*) => {
        /// A way to fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "`what` says it")]
        pub enum Fault { $($fault,)* }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$fault,)*];

            /// The name by which it is asked for.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fault => stringify!($name),)* }
            }

            /// What is done.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$fault => $what,)* }
            }
        }
    };
}
every_fault!(define);

/// An error that a failure comes to when nothing worse has happened: the program hears of it and can go on.
#[message]
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The task's own error.
    Asked,
    /// `malloc` answered null.
    NoMemory,
    /// A file may not grow.
    FileTooLarge,
    /// No descriptor is left.
    TooManyFiles,
    /// No block is left.
    NoSpace,
    /// A ring or an array has no room, which no test comes to.
    Full,
}

impl Fault {
    /// The fault of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// Fails. Returns for the failures that are errors, and for [`Fault::Overrun`], which its caller commits.
    ///
    /// # Errors
    /// What the program is told when the system refuses something.
    ///
    /// # Panics
    /// For [`Fault::Panic`].
    pub fn strike(self) -> Result<(), Refusal> {
        match self {
            Self::Null => memory::null(),
            Self::Wild => memory::wild(),
            Self::Unmapped => memory::write(target::UNMAPPED),
            Self::Peer => memory::write(target::peer()),
            Self::PeerAlias => memory::write(target::peer_alias()),
            Self::ReadOnly => memory::write(target::own()),
            Self::Jump => memory::jump(),
            Self::Divide => processor::divide(),
            Self::Quotient => processor::quotient(),
            Self::Illegal => processor::illegal(),
            Self::Misaligned => processor::misaligned(),
            Self::Alignment => processor::alignment(),
            Self::Abort => std::process::abort(),
            Self::Overflow => stack::overflow(),
            Self::Recursion => stack::recursion(),
            Self::Kill => endings::signal(libc::SIGKILL),
            Self::Terminate => endings::signal(libc::SIGTERM),
            Self::Stop => endings::stop(),
            Self::Exit => std::process::exit(0),
            Self::QuickExit => endings::quick_exit(),
            Self::Exec => endings::exec(),
            Self::Panic => panics::panic(),
            Self::DoublePanic => panics::double(),
            Self::ForeignPanic => panics::foreign(),
            Self::Error => return Err(Refusal::Asked),
            Self::Loop => endings::spin(),
            Self::Sleep => endings::sleep(),
            Self::Vec => resources::vec(),
            Self::Malloc => return resources::malloc(),
            Self::Unchecked => resources::unchecked(),
            Self::Overrun => {}
            Self::FileSize => return resources::file_size(),
            Self::FileSizeSignal => return resources::file_size_signal(),
            Self::Descriptors => return resources::descriptors(),
            Self::DiscFull => return resources::disc_full(),
            Self::Family => company::family(),
            Self::HandlerStack => handler::without_stack(),
            Self::HandlerReport => handler::without_report(),
            Self::Blocked => handler::blocked(),
            Self::Thread => company::thread(),
            Self::ThreadCrash => company::thread_crash(),
            Self::ThreadLeft => company::thread_left(),
        }
        Ok(())
    }
}

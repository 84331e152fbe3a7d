//! What must come of a failure: derived from what it is by nature and from where it happens.

use super::Place;
use crate::fault::{Fault, PANIC};
use core::fmt;
use libc::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGTERM, SIGXFSZ};

/// The code that comes with a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Raised by the kernel because of an instruction, with this code.
    Kernel(i32),
    /// Raised by the kernel because of an instruction, with one of these two codes.
    Either(i32, i32),
    /// Sent by a process, the crashing one included.
    Sent,
}

/// An address that a report must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// It differs from run to run, or the kernel does not tell.
    Any,
    /// The null pointer.
    Null,
    /// What the tree says its target `name` is.
    Target(&'static str),
}

/// A crash as its report tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The signal.
    pub signal: i32,
    /// Its code.
    pub code: Code,
    /// The address.
    pub address: Address,
}

/// What the caller of a transaction or of an update is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// `Failure::Crashed`.
    Crashed(Report),
    /// `Failure::Panicked` with this message.
    Panicked(&'static str),
    /// `Failure::Killed` with one of these signals.
    Killed(&'static [i32]),
    /// `Failure::Exited` with this code.
    Exited(i32),
    /// `Failure::Replaced`.
    Replaced,
    /// `Failure::TimedOut`.
    TimedOut,
    /// `Failure::OverBudget(Heap)`.
    OverHeap,
    /// `Failure::OverBudget(Record)`.
    OverRecord,
    /// `Failure::Task` with this error.
    Task(&'static str),
}

/// The cause that the successor of a daemon is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// `Cause::Crash`.
    Crash(Report),
    /// `Cause::Panic` with this message.
    Panic(&'static str),
    /// `Cause::Killed` with one of these signals.
    Killed(&'static [i32]),
    /// `Cause::Exited` with this code.
    Exited(i32),
    /// `Cause::Hung`, with a report or without.
    Hung {
        /// Whether the process could still say where it was.
        report: bool,
    },
    /// `Cause::Failed`; the log has this error.
    Failed(&'static str),
    /// `Cause::Returned`.
    Returned,
}

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The caller gets a value, and the daemon goes on.
    Value(Told),
    /// The daemon, or each of the two, is started again.
    Restart(Why),
}

/// What a failure is, wherever it happens.
enum Nature {
    /// A crash that the handler reports.
    Crash(Report),
    /// A death by one of these signals, of which nothing is reported.
    Silent(&'static [i32]),
    /// It becomes another program; the kernel or the runtime ends it with one of these signals.
    Replaced(&'static [i32]),
    Exit(i32),
    Panic(&'static str),
    /// It does not end; with whether it can still report when it is ended.
    Hang(bool),
    /// The program is told, and goes on if it wants to.
    Refusal(&'static str),
    OverHeap,
    OverRecord,
}

const fn crash(signal: i32, code: Code, address: Address) -> Nature {
    Nature::Crash(Report { signal, code, address })
}

const ABORTED: Report = Report { signal: SIGABRT, code: Code::Sent, address: Address::Any };

/// `SI_KERNEL`: the kernel, for a reason that has no code of its own.
const GENERAL: Code = Code::Kernel(128);
/// `SEGV_MAPERR` or `SEGV_ACCERR`, as memory happens to lie.
const NO_ACCESS: Code = Code::Either(1, 2);

const fn nature(fault: Fault) -> Nature {
    match fault {
        Fault::Null | Fault::Unchecked | Fault::Family | Fault::Thread | Fault::ThreadCrash => {
            crash(SIGSEGV, Code::Kernel(1), Address::Null)
        }
        Fault::Wild | Fault::Misaligned => crash(SIGSEGV, GENERAL, Address::Any),
        Fault::Unmapped => crash(SIGSEGV, Code::Kernel(1), Address::Target("unmapped")),
        Fault::Peer => crash(SIGSEGV, Code::Kernel(2), Address::Target("peer")),
        Fault::PeerAlias => crash(SIGSEGV, NO_ACCESS, Address::Target("alias")),
        Fault::ReadOnly => crash(SIGSEGV, Code::Kernel(2), Address::Target("own")),
        Fault::Jump => crash(SIGSEGV, Code::Kernel(2), Address::Target("data")),
        Fault::Divide | Fault::Quotient => crash(SIGFPE, Code::Kernel(1), Address::Any),
        Fault::Illegal => crash(SIGILL, Code::Kernel(2), Address::Any),
        Fault::Alignment => crash(SIGBUS, Code::Kernel(1), Address::Any),
        Fault::Overflow | Fault::Recursion => crash(SIGSEGV, NO_ACCESS, Address::Any),
        Fault::Abort | Fault::DoublePanic | Fault::ForeignPanic => Nature::Crash(ABORTED),
        Fault::Kill | Fault::ThreadLeft => Nature::Silent(&[SIGKILL]),
        Fault::Terminate => Nature::Silent(&[SIGTERM]),
        Fault::FileSizeSignal => Nature::Silent(&[SIGXFSZ]),
        Fault::HandlerStack | Fault::HandlerReport | Fault::Blocked => Nature::Silent(&[SIGSEGV]),
        // The kernel ends a process that it has begun to make into another program and finds no memory for; the
        // runtime ends it as soon as it hears that the old one is gone. Either may come first.
        Fault::Exec => Nature::Replaced(&[SIGKILL, SIGSEGV]),
        Fault::Exit => Nature::Exit(0),
        Fault::QuickExit => Nature::Exit(1),
        Fault::Panic => Nature::Panic(PANIC),
        Fault::Loop | Fault::Sleep => Nature::Hang(true),
        Fault::Stop => Nature::Hang(false),
        Fault::Error => Nature::Refusal("Asked"),
        Fault::Malloc => Nature::Refusal("NoMemory"),
        Fault::FileSize => Nature::Refusal("FileTooLarge"),
        Fault::Descriptors => Nature::Refusal("TooManyFiles"),
        Fault::DiscFull => Nature::Refusal("NoSpace"),
        Fault::Vec => Nature::OverHeap,
        Fault::Overrun => Nature::OverRecord,
    }
}

/// What must come of `fault` in `place`.
pub const fn outcome(fault: Fault, place: Place) -> Outcome {
    let nature = nature(fault);
    match place {
        Place::Transaction => Outcome::Value(match nature {
            Nature::Crash(report) => Told::Crashed(report),
            Nature::Silent(signals) => Told::Killed(signals),
            Nature::Replaced(_) => Told::Replaced,
            Nature::Exit(code) => Told::Exited(code),
            Nature::Panic(message) => Told::Panicked(message),
            Nature::Hang(_) => Told::TimedOut,
            Nature::Refusal(error) => Told::Task(error),
            Nature::OverHeap => Told::OverHeap,
            Nature::OverRecord => Told::OverRecord,
        }),
        _ => match nature {
            Nature::Crash(report) => Outcome::Restart(Why::Crash(report)),
            Nature::Silent(signals) | Nature::Replaced(signals) => Outcome::Restart(Why::Killed(signals)),
            Nature::Exit(code) => Outcome::Restart(Why::Exited(code)),
            // Nothing can unwind out of a signal handler.
            Nature::Panic(_) if place.is_handler() => Outcome::Restart(Why::Crash(ABORTED)),
            Nature::Panic(message) => Outcome::Restart(Why::Panic(message)),
            Nature::Hang(report) => Outcome::Restart(Why::Hung { report }),
            Nature::Refusal(error) if matches!(place, Place::Update) => Outcome::Value(Told::Task(error)),
            Nature::Refusal(error) => Outcome::Restart(Why::Failed(error)),
            Nature::OverHeap => Outcome::Restart(Why::Crash(ABORTED)),
            Nature::OverRecord if matches!(place, Place::Update) => Outcome::Value(Told::OverRecord),
            Nature::OverRecord => Outcome::Restart(Why::Failed("OverBudget(Record)")),
        },
    }
}

/// The name of a signal.
pub fn signal_name(signal: i32) -> &'static str {
    nix::sys::signal::Signal::try_from(signal).map_or("?", nix::sys::signal::Signal::as_str)
}

fn signal_names(signals: &[i32]) -> String {
    signals.iter().map(|signal| signal_name(*signal)).collect::<Vec<_>>().join(" or ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signal = signal_name(self.signal);
        match self.code {
            Code::Kernel(code) => write!(f, "{signal} ({code})"),
            Code::Either(one, other) => write!(f, "{signal} ({one} or {other})"),
            Code::Sent => write!(f, "{signal} (sent)"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(Told::Crashed(report)) => write!(f, "`Crashed` {report}"),
            Self::Value(Told::Panicked(_)) => f.write_str("`Panicked`"),
            Self::Value(Told::Killed(signals)) => write!(f, "`Killed` {}", signal_names(signals)),
            Self::Value(Told::Exited(code)) => write!(f, "`Exited({code})`"),
            Self::Value(Told::Replaced) => f.write_str("`Replaced`"),
            Self::Value(Told::TimedOut) => f.write_str("`TimedOut`"),
            Self::Value(Told::OverHeap) => f.write_str("`OverBudget(Heap)`"),
            Self::Value(Told::OverRecord) => f.write_str("`OverBudget(Record)`"),
            Self::Value(Told::Task(error)) => write!(f, "`Task({error})`"),
            Self::Restart(Why::Crash(report)) => write!(f, "restart: `Crash` {report}"),
            Self::Restart(Why::Panic(_)) => f.write_str("restart: `Panic`"),
            Self::Restart(Why::Killed(signals)) => {
                write!(f, "restart: `Killed` {}", signal_names(signals))
            }
            Self::Restart(Why::Exited(code)) => write!(f, "restart: `Exited({code})`"),
            Self::Restart(Why::Hung { report: true }) => f.write_str("restart: `Hung` with a report"),
            Self::Restart(Why::Hung { report: false }) => f.write_str("restart: `Hung` without a report"),
            Self::Restart(Why::Returned) => f.write_str("restart: `Returned`"),
            Self::Restart(Why::Failed(_)) => f.write_str("restart: `Failed`"),
        }
    }
}

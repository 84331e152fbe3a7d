//! From the command `run` to the seal: configuration, memory, set-up hook, seal, then the supervisor.

use super::arena::{Arenas, MemoryError};
use super::block::{MAGIC, MOST_DAEMONS};
use super::settings::{Settings, SettingsError};
use super::socket::{Directory, DirectoryError};
use super::supervisor::Supervisor;
use super::tree::{SetupError, Tree};
use super::{exit_code, seal};
use crate::sys::{clock, process};
use crate::{fault, logger, report};
use core::any::Any;
use core::fmt::Display;
use core::sync::atomic::Ordering;
use std::sync::OnceLock;

static SETUP: OnceLock<Box<dyn Any + Send + Sync>> = OnceLock::new();

/// Why a tree did not start. Nothing has been forked, and nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The runtime directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The settings file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The set-up hook.
    #[error("set-up failed: {0}")]
    Setup(String),
    /// The seal.
    #[error("cannot seal: {0}")]
    Seal(#[from] seal::SealError),
    /// The set-up hook has left threads behind.
    #[error("set-up left {0} threads running: root must have one; join them before the hook returns")]
    Threads(usize),
    /// Too many daemons.
    #[error("a root can have 1 to {MOST_DAEMONS} daemons, not {0}")]
    Daemons(usize),
    /// A descriptor could not be had.
    #[error("cannot create an event descriptor: {0}; raise the limit on open files (ulimit -n)")]
    Descriptors(std::io::Error),
}

impl StartError {
    fn code(&self) -> i32 {
        match self {
            Self::Settings(_) => exit_code::USAGE,
            Self::Setup(_) | Self::Threads(_) => exit_code::SETUP,
            Self::Seal(_) => exit_code::SEAL,
            Self::Directory(_) | Self::Memory(_) | Self::Daemons(_) | Self::Descriptors(_) => {
                exit_code::UNAVAILABLE
            }
        }
    }
}

/// Keeps what the set-up hook returned, for the daemons.
///
/// # Errors
/// The hook's error, as text.
pub fn run_setup<T: Any + Send + Sync, E: Display>(hook: fn() -> Result<T, E>) -> Result<(), SetupError> {
    let value = match std::panic::catch_unwind(hook) {
        Ok(outcome) => outcome.map_err(|error| SetupError(error.to_string()))?,
        // The panic hook has logged what it said, and where.
        Err(_) => return Err(SetupError("the set-up hook panicked".to_owned())),
    };
    // There is one root in a process, so this is the first value.
    let _ = SETUP.set(Box::new(value));
    Ok(())
}

/// What the set-up hook returned, if it is a `T`.
pub fn setup_value<T: Any>() -> Option<&'static T> {
    SETUP.get()?.downcast_ref()
}

/// Runs `tree` until it stops; returns the exit code.
pub fn run(tree: &'static Tree) -> i32 {
    logger::install();
    report::install_panic_hook();
    fault::arm();
    match start(tree) {
        Ok(supervisor) => supervisor.run(),
        Err(error) => {
            log::error!("{} did not start: {error}", tree.name);
            error.code()
        }
    }
}

fn start(tree: &'static Tree) -> Result<Supervisor, StartError> {
    if tree.daemons.len() > MOST_DAEMONS {
        return Err(StartError::Daemons(tree.daemons.len()));
    }
    // `root!` refuses an empty list.
    let Some(first) = tree.daemons.first() else { return Err(StartError::Daemons(0)) };
    let directory = Directory::open(tree.name)?;
    match prepare(tree, &directory) {
        Ok((settings, arenas, doorbells)) => {
            Ok(Supervisor::new(tree, first, settings, arenas, doorbells, directory))
        }
        Err(error) => {
            end_helpers();
            directory.remove();
            Err(error)
        }
    }
}

/// Ends what a set-up hook has started before it failed.
fn end_helpers() {
    process::for_each_child(process::kill_child);
    while matches!(process::reap(process::Child::Any, true), process::Reaped::Ended(..)) {}
}

type Prepared = (Settings, Arenas, [i32; MOST_DAEMONS]);

fn prepare(tree: &'static Tree, directory: &Directory) -> Result<Prepared, StartError> {
    let settings = Settings::load(tree)?;
    let arenas = Arenas::create(tree)?;
    let block = arenas.block();
    settings.publish(block);
    block.fingerprint.store(tree.fingerprint(), Ordering::Relaxed);
    block.pid.store(std::process::id(), Ordering::Relaxed);
    block.daemons.store(tree.daemons.len() as u32, Ordering::Relaxed);
    block.started.store(clock::monotonic().as_nanos() as u64, Ordering::Relaxed);
    for (index, (entry, daemon)) in block.entries.iter().zip(tree.daemons).enumerate() {
        entry.introduce(daemon.name, tree.region_at(index), daemon.fields);
    }
    block.magic.store(MAGIC, Ordering::Release);
    let observed = super::socket::introduce(arenas.reader, arenas.state);
    block.observed.store(u32::from(observed), Ordering::Relaxed);

    let mut doorbells = [-1; MOST_DAEMONS];
    for doorbell in doorbells.iter_mut().take(tree.daemons.len()) {
        // SAFETY: takes numbers.
        *doorbell = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if *doorbell == -1 {
            return Err(StartError::Descriptors(std::io::Error::last_os_error()));
        }
    }
    if let Some(setup) = tree.setup {
        setup().map_err(|SetupError(reason)| StartError::Setup(reason))?;
    }
    log::info!(
        "{}: sealed with {} bytes of memory for {} daemons",
        tree.name,
        arenas.state + arenas.slots_size,
        tree.daemons.len()
    );
    if crate::sys::memory::seal(arenas.alias, 0) == Err(crate::sys::Errno::ENOSYS) {
        log::warn!(
            "this kernel has no mseal (Linux 6.10): a daemon could move its writable mapping by accident"
        );
    }
    if tree.daemons.iter().any(|daemon| daemon.layout.shared > 0) && crate::sys::kernel::version() < (6, 2) {
        log::warn!(
            "this kernel is older than Linux 6.2, and may not know how to wake the next in place of one who was woken for a lock and died: use locks with a time"
        );
    }
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads > 1 {
        return Err(StartError::Threads(threads));
    }
    crate::time::calibrate();
    seal::seal(directory)?;
    Ok((settings, arenas, doorbells))
}

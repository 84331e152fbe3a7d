//! What a tree holds, as the kernel tells it.

pub use perennial::test::processes::{Process, children, family, runs};
use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Whether a process with this PID sleeps until something happens.
pub fn sleeps(pid: i32) -> bool {
    is_in_state(pid, 'S')
}

/// Whether a signal has stopped the process with this PID.
pub fn is_stopped(pid: i32) -> bool {
    is_in_state(pid, 'T')
}

fn is_in_state(pid: i32, state: char) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(state))
}

/// What must not grow while a tree crashes and recovers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Processes that run.
    pub running: usize,
    /// Descriptors of root, by what they are open on.
    pub descriptors: Vec<String>,
    /// Descriptors of the daemons likewise, sorted.
    pub daemons_descriptors: Vec<Vec<String>>,
    /// Number and bytes of root's mappings, its stack aside.
    pub mappings: (usize, u64),
    /// The same for the daemons, sorted.
    pub daemons_mappings: Vec<(usize, u64)>,
    /// Names of POSIX shared memory of this program's.
    pub shared_memory: usize,
}

impl Holdings {
    /// Of the tree whose root is `root`. Zombies are counted by [`zombies`].
    pub fn of(root: i32) -> Self {
        let running: Vec<Process> = family(root).into_iter().filter(|process| !process.zombie).collect();
        let daemons = || running.iter().filter(|process| process.parent == root).map(|process| process.pid);
        let mut daemons_descriptors: Vec<_> = daemons().map(descriptors).collect();
        daemons_descriptors.sort();
        let mut daemons_mappings: Vec<_> = daemons().map(mappings).collect();
        daemons_mappings.sort_unstable();
        Self {
            running: running.len(),
            descriptors: descriptors(root),
            daemons_descriptors,
            mappings: mappings(root),
            daemons_mappings,
            shared_memory: fs::read_dir("/dev/shm").into_iter().flatten().flatten().filter(ours).count(),
        }
    }
}

fn ours(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().contains("perennial")
}

/// Processes of the tree that have ended and are not reaped yet.
pub fn zombies(root: i32) -> usize {
    family(root).iter().filter(|process| process.zombie).count()
}

/// The same among root's own children: daemons, and orphans that it has inherited.
pub fn zombies_of(root: i32) -> usize {
    family(root).iter().filter(|process| process.zombie && process.parent == root).count()
}

fn descriptors(pid: i32) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let targets = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
    let mut kinds: Vec<String> = targets.map(|target| target.to_string_lossy().into_owned()).collect();
    kinds.sort();
    kinds
}

fn mappings(pid: i32) -> (usize, u64) {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let sizes = maps.lines().filter(|line| !line.ends_with("[stack]")).filter_map(|line| {
        let (from, to) = line.split_whitespace().next()?.split_once('-')?;
        Some(u64::from_str_radix(to, 16).ok()? - u64::from_str_radix(from, 16).ok()?)
    });
    sizes.fold((0, 0), |(count, sum), size| (count + 1, sum + size))
}

/// Watches for the end of a process that is not one's child.
#[derive(Debug)]
pub struct Watch {
    pid: i32,
    handle: OwnedFd,
}

impl Watch {
    /// Watches `pid`.
    ///
    /// # Panics
    /// If there is no such process.
    pub fn on(pid: i32) -> Self {
        // SAFETY: takes numbers; the descriptor is new.
        let handle = unsafe {
            let handle = libc::syscall(libc::SYS_pidfd_open, pid, 0) as i32;
            assert!(handle >= 0, "process {pid} runs");
            OwnedFd::from_raw_fd(handle)
        };
        Self { pid, handle }
    }

    /// The process.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits for its end, up to `patience`; returns whether it came.
    pub fn ends_within(&self, patience: Duration) -> bool {
        let mut entry = libc::pollfd { fd: self.handle.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: reads and writes one local.
        unsafe { libc::poll(&raw mut entry, 1, patience.as_millis() as i32) == 1 }
    }
}

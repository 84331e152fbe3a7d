//! Words in a file in memory: the processes of perennial's tree, of the peers' supervisors and the driver are no
//! relatives, and have only its name in common.

use crate::bench::sys;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::fs::OpenOptions;
use std::os::fd::AsRawFd;
use std::sync::OnceLock;

/// The variable that names the file.
pub const NAME: &str = "PEERS_SHARED";
/// The variable that tells a supervised program which [`Service`] it is.
pub const SERVICE: &str = "PEERS_SERVICE";

/// What the driver asks of perennial's daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Job {
    /// Transactions by fork that commit 64 bytes each.
    Calls = 1,
    /// Messages of 64 bytes to another daemon and back.
    Messages = 2,
    /// The daemon's own commits of 64 bytes.
    Commits = 3,
}

/// A program under supervision.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Service {
    /// Times that it has been entered.
    pub entered: AtomicU32,
    /// Its PID.
    pub pid: AtomicU32,
    /// When it was entered last.
    pub entered_at: AtomicU64,
}

/// The words; all-zero at first.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Shared {
    /// A [`Job`].
    pub job: AtomicU32,
    /// Jobs given.
    pub asked: AtomicU32,
    /// Jobs done.
    pub answered: AtomicU32,
    /// Nanoseconds of one operation in the last job, in thousandths; 0 when it failed.
    pub time: AtomicU64,
    /// Perennial's own, then one for each supervisor.
    pub services: [Service; 8],
}

/// The words that the variable [`NAME`] leads to.
///
/// # Panics
/// When there are none.
pub fn shared() -> &'static Shared {
    static SHARED: OnceLock<usize> = OnceLock::new();
    let at = *SHARED.get_or_init(|| {
        let name = std::env::var_os(NAME).expect("the variable with the name of the shared file");
        let file = OpenOptions::new().read(true).write(true).open(name).expect("the shared file");
        file.set_len(size_of::<Shared>() as u64).expect("room for the words");
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
        let memory = unsafe {
            let length = size_of::<Shared>();
            libc::mmap(core::ptr::null_mut(), length, protection, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        assert_ne!(memory, libc::MAP_FAILED, "the shared file cannot be mapped");
        memory as usize
    });
    // SAFETY: mapped for ever and large enough; all fields are atomics.
    unsafe { &*(at as *const Shared) }
}

impl Shared {
    /// Has the daemon do `job`: nanoseconds of one operation.
    pub fn ask(&self, job: Job) -> Option<u64> {
        let before = self.answered.load(SeqCst);
        self.job.store(job as u32, SeqCst);
        sys::advance(&self.asked);
        let time = sys::wait_while(&self.answered, before).then(|| self.time.load(SeqCst))?;
        (time != 0).then_some(time)
    }
}

impl Service {
    /// Says that it has been entered.
    pub fn enter(&self) {
        self.entered_at.store(sys::now(), SeqCst);
        self.pid.store(std::process::id(), SeqCst);
        sys::advance(&self.entered);
    }

    /// Kills the program: nanoseconds until it is entered again.
    pub fn restart(&self) -> Option<u64> {
        let entered = self.entered.load(SeqCst);
        let start = sys::now();
        // SAFETY: takes numbers; the program is its supervisor's child and alive, so the PID is its own.
        unsafe { libc::kill(self.pid.load(SeqCst) as i32, libc::SIGKILL) };
        sys::wait_while(&self.entered, entered)
            .then(|| self.entered_at.load(SeqCst).saturating_sub(start).max(1))
    }
}

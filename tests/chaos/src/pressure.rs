//! Shortages: of processor time, memory and descriptors.

use perennial::test::processes::family;
use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::process::{Child, Command, ExitCode, Stdio};

/// The command of a process that takes memory.
pub const HOG: &str = "hog";
/// The command of a process that takes processor time.
pub const SPIN: &str = "spin";

/// The most memory that one takes.
const MOST: u64 = 512 << 20;

/// A hungry process, which ends with this value, and with this process.
pub struct Helper(Child);

impl Helper {
    fn start(command: &str) -> Self {
        let program = std::env::current_exe().expect("this program is a file");
        let child = Command::new(program).arg(command).stdin(Stdio::piped()).spawn();
        Self(child.expect("this program can be started"))
    }

    /// Takes all the time of one processor.
    pub fn spinning() -> Self {
        Self::start(SPIN)
    }

    /// Takes a quarter of the memory that there is, up to [`MOST`].
    pub fn hungry() -> Self {
        Self::start(HOG)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // It may have been killed for its hunger.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns when whoever started this process is gone.
pub fn await_end() {
    let _ = std::io::stdin().read(&mut [0]);
}

/// Takes memory until the end of standard input.
pub fn hog() -> ExitCode {
    // It, rather than a process of the tree, is to go when there is none left.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let available = available.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    let size = (available.unwrap_or(0) * 1024 / 4).min(MOST);
    let memory = vec![1_u8; size as usize];
    await_end();
    black_box(memory);
    ExitCode::SUCCESS
}

/// Takes processor time until the end of standard input.
pub fn spin() -> ExitCode {
    std::thread::spawn(|| {
        loop {
            black_box(0);
        }
    });
    await_end();
    ExitCode::SUCCESS
}

/// From now on the tree of `root` runs on one processor, and those who live now are `nice`.
pub fn throttle(root: i32, nice: i32) {
    allow(root, 1, nice);
}

/// The tree may use all processors again, and is as urgent as others.
pub fn spread(root: i32) {
    allow(root, libc::CPU_SETSIZE as usize, 0);
}

/// Lets the processes of a tree run on the first `processors`, and its daemons be `nice`: what is born later takes the
/// one after root and the other after its daemon.
fn allow(root: i32, processors: usize, nice: i32) {
    // SAFETY: all-zero is an empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for processor in 0..processors {
        // SAFETY: writes a local; the number is below `CPU_SETSIZE`.
        unsafe { libc::CPU_SET(processor, &mut set) };
    }
    for process in family(root) {
        // SAFETY: takes numbers and reads a local. A process that is gone needs no more.
        unsafe {
            libc::sched_setaffinity(process.pid, size_of_val(&set), &raw const set);
            if process.pid != root {
                libc::setpriority(libc::PRIO_PROCESS, process.pid as u32, nice);
            }
        }
    }
}

/// A process that may open no more descriptors, until this value is dropped.
pub struct Descriptors {
    pid: i32,
    before: libc::rlimit,
}

impl Descriptors {
    /// Lets process `pid` have `most` descriptors; `None` when it is gone.
    pub fn exhaust(pid: i32, most: u64) -> Option<Self> {
        let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: takes numbers and writes a local.
        let known =
            unsafe { libc::prlimit(pid, libc::RLIMIT_NOFILE, std::ptr::null(), &raw mut before) } == 0;
        let limited = Self { pid, before };
        (known && limited.set(libc::rlimit { rlim_cur: most, ..before })).then_some(limited)
    }

    fn set(&self, limit: libc::rlimit) -> bool {
        // SAFETY: takes numbers and reads a local.
        unsafe { libc::prlimit(self.pid, libc::RLIMIT_NOFILE, &raw const limit, std::ptr::null_mut()) == 0 }
    }
}

impl Drop for Descriptors {
    fn drop(&mut self) {
        // Where the process is gone, so is its limit.
        self.set(self.before);
    }
}

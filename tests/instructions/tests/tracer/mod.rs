//! Steps a daemon of a real tree from breakpoint to breakpoint.

mod places;

pub use places::functions;

use nix::libc;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const TREE: &str = env!("CARGO_BIN_EXE_perennial-instructions");

/// Which copying function the C library takes is the processor's matter, and would be in the counts.
const ANY_PROCESSOR: &str = "glibc.cpu.hwcaps=-AVX512VL,-AVX512BW,-AVX512F,-AVX2,-AVX,-ERMS,-FSRM";

/// The number behind `pid=`.
fn pid(line: &str) -> Option<Pid> {
    Some(Pid::from_raw(line.split_once("pid=")?.1.trim().parse().ok()?))
}

/// Awaits the moment when a process sleeps.
fn settle(pid: Pid) {
    let until = Instant::now() + Duration::from_secs(30);
    let sleeps = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
    };
    while !sleeps() {
        assert!(Instant::now() < until, "{pid} does not come to rest");
        std::thread::yield_now();
    }
}

/// A file's code in the memory of the traced process.
#[derive(Clone, Debug)]
struct Image {
    file: String,
    start: u64,
    end: u64,
    offset: u64,
}

impl Image {
    /// The file, and the address by its own counting, if `at` lies in it.
    fn place(&self, at: u64) -> Option<(&str, u64)> {
        (self.start..self.end).contains(&at).then(|| (self.file.as_str(), at - self.start + self.offset))
    }
}

/// All of a process.
fn images(pid: Pid) -> Vec<Image> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the process lives");
    let number = |text: &str| u64::from_str_radix(text, 16).expect("a number");
    let mut images: Vec<Image> = Vec::new();
    for line in maps.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some((start, end)), Some(file)) = (words[0].split_once('-'), words.get(5)) else { continue };
        // Addresses of a file count from where its first part lies.
        let start = number(start);
        let base =
            images.iter().find(|image| image.file == *file).map_or(start, |image| image.start - image.offset);
        images.push(Image { file: (*file).to_owned(), start, end: number(end), offset: start - base });
    }
    images
}

/// The instructions of an operation, in order.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// Where each of them lies.
    pub at: Vec<u64>,
    images: Vec<Image>,
}

/// What a stop of the traced process was for.
enum Stop {
    /// Its own breakpoint.
    Mark,
    /// One instruction is done.
    Step,
    /// A signal arrives.
    Signal(Signal),
    /// It has ended.
    End,
}

fn next_stop(pid: Pid) -> Stop {
    match waitpid(pid, Some(WaitPidFlag::__WALL)).expect("the daemon is traced") {
        WaitStatus::Stopped(_, Signal::SIGTRAP) => {
            let by = ptrace::getsiginfo(pid).expect("the daemon is stopped").si_code;
            // The kernel's own traps are steps; `int3` is told as if the kernel had sent a signal.
            if by == libc::SI_KERNEL { Stop::Mark } else { Stop::Step }
        }
        WaitStatus::Stopped(_, signal) => Stop::Signal(signal),
        WaitStatus::Exited(..) | WaitStatus::Signaled(..) => Stop::End,
        other => panic!("unexpected: {other:?}"),
    }
}

/// Instructions between the next breakpoint, at which the process stands, and the one after it; `None` if a signal came
/// in between.
fn step_to_mark(pid: Pid) -> Option<Vec<u64>> {
    let (mut steps, mut alone) = (Vec::new(), true);
    let mut signal = None;
    loop {
        let at = ptrace::getregs(pid).expect("the daemon is stopped").rip;
        ptrace::step(pid, signal.take()).expect("the daemon goes on");
        match next_stop(pid) {
            Stop::Step => steps.push(at),
            Stop::Mark => return alone.then_some(steps),
            Stop::Signal(arrived) => (signal, alone) = (Some(arrived), false),
            Stop::End => panic!("the daemon ended between its breakpoints"),
        }
    }
}

/// Has the daemon `role` do its operations while `other` sleeps: the fewest instructions that each took.
pub fn steps(role: &str, other: &str) -> BTreeMap<String, Steps> {
    static TREES: AtomicU32 = AtomicU32::new(0);
    let number = TREES.fetch_add(1, Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("perennial-counts-{}-{number}", std::process::id()));
    fs::create_dir(&directory).expect("a directory");
    let mut tree = Command::new(TREE)
        .arg("run")
        .env("ROLE", role)
        .env("PERENNIAL_DIR", &directory)
        .env("GLIBC_TUNABLES", ANY_PROCESSOR)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tree starts");
    let mut lines = BufReader::new(tree.stdout.take().expect("a pipe")).lines();
    let mut line = || lines.next().map(|line| line.expect("a line"));
    let (mut worker, mut bystander, mut filled) = (None, None, role == "writer");
    while worker.is_none() || bystander.is_none() || !filled {
        let line = line().expect("the tree goes on");
        if line.starts_with(role) {
            worker = pid(&line);
        } else if line.starts_with(other) {
            bystander = pid(&line);
        }
        filled |= line == "filled";
    }
    let (worker, bystander) = (worker.expect("told"), bystander.expect("told"));
    settle(bystander);
    settle(worker);
    let images = images(worker);
    ptrace::seize(worker, ptrace::Options::empty()).expect("an ancestor may trace");
    writeln!(tree.stdin.take().expect("a pipe")).expect("the tree listens");

    let mut counted = Vec::new();
    loop {
        let signal = match next_stop(worker) {
            Stop::Mark => {
                counted.push(step_to_mark(worker));
                None
            }
            Stop::Signal(signal) => Some(signal),
            Stop::Step => None,
            Stop::End => break,
        };
        ptrace::cont(worker, signal).expect("the daemon goes on");
    }
    let status = tree.wait().expect("the tree ends");
    assert!(status.success(), "{status}");
    let _ = fs::remove_dir_all(&directory);

    let names = std::iter::from_fn(line).filter_map(|line| Some(line.strip_prefix("operation ")?.to_owned()));
    let names: Vec<String> = names.collect();
    assert_eq!(names.len(), counted.len(), "every operation was counted");
    let mut least: BTreeMap<String, Steps> = BTreeMap::new();
    for (name, at) in names.into_iter().zip(counted).filter_map(|(name, at)| Some((name, at?))) {
        let best = least.get(&name).map_or(usize::MAX, |steps| steps.at.len());
        if at.len() < best {
            least.insert(name, Steps { at, images: images.clone() });
        }
    }
    least
}

//! Steps a daemon of a real tree from breakpoint to breakpoint.

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
fn step_to_mark(pid: Pid) -> Option<u64> {
    let (mut steps, mut alone) = (0, true);
    let mut signal = None;
    loop {
        ptrace::step(pid, signal.take()).expect("the daemon goes on");
        match next_stop(pid) {
            Stop::Step => steps += 1,
            Stop::Mark => return alone.then_some(steps),
            Stop::Signal(arrived) => (signal, alone) = (Some(arrived), false),
            Stop::End => panic!("the daemon ended between its breakpoints"),
        }
    }
}

/// Has the daemon `role` do its operations while `other` sleeps: the fewest instructions that each took.
pub fn count(role: &str, other: &str) -> BTreeMap<String, u64> {
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
    let mut least = BTreeMap::new();
    for (name, count) in names.into_iter().zip(counted).filter_map(|(name, count)| Some((name, count?))) {
        let slot = least.entry(name).or_insert(count);
        *slot = count.min(*slot);
    }
    least
}

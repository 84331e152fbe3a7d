//! A tree with a tracer on all of its processes, which come to it by themselves as they are forked.
//!
//! The tracer's thread, and with it the tree, stays on one processor: handing a process over from one processor to
//! another takes longer than the step that it makes.

use super::guard::Guard;
use super::symbols::Symbols;
use super::tracee::{BREAKPOINTS, Tracee};
use super::{Case, marks::Words};
use crate::PATIENCE;
use crate::table::Table;
use crate::{Launch, Tree, census};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::{HashSet, VecDeque};
use std::path::Path as FilePath;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// What happens in a traced tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process was forked, and has done nothing yet.
    Born(Tracee),
    /// A process has come to a breakpoint.
    Stopped(Tracee, u64),
    /// A process has ended.
    Ended(Pid),
}

/// The tree and its tracer.
#[derive(Debug)]
pub struct Tracer {
    tree: Tree,
    root: Pid,
    pub(super) known: HashSet<Pid>,
    /// What happened while something else was waited for.
    early: VecDeque<Event>,
    pub(super) guard: Guard,
    /// Functions and their addresses.
    pub symbols: Symbols,
    /// What a daemon shows its state to.
    pub show: u64,
    /// Where what is tried begins.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
    /// A fourth breakpoint of newborn processes, or zero.
    pub extra: u64,
}

impl Tracer {
    /// Starts `program` for this case.
    ///
    /// # Panics
    /// When it cannot be started or traced.
    pub fn start(program: &str, case: Case) -> Self {
        stay_on_one_processor();
        let mut tree = Launch::new(program).env("RUST_LOG", "error").start();
        let root = Pid::from_raw(tree.pid());
        seize(root);
        let symbols = Symbols::of(FilePath::new(program), bias(root, program));
        tree.nudge(case.name());
        let mark = |name| symbols.address("killpoints::marks", name);
        let (show, from, to) = (mark("::show"), mark("::from"), mark("::to"));
        let known = HashSet::from([root]);
        let (early, guard) = (VecDeque::new(), Guard::over(root));
        let mut tracer = Self { tree, root, known, early, guard, symbols, show, from, to, extra: 0 };
        tracer.await_resting(case.resting());
        tracer
    }

    /// Waits until so many daemons have been born that only rest, and leaves them where they are.
    fn await_resting(&mut self, mut missing: usize) {
        let mut early = VecDeque::new();
        while missing != 0 {
            match self.wait() {
                Event::Born(newborn) => self.release(newborn),
                Event::Stopped(tracee, at) if at == self.show && tracee.registers().rdi == 0 => missing -= 1,
                event => early.push_back(event),
            }
        }
        self.early = early;
    }

    /// Root's table and the regions. Root has to hear and answer meanwhile, so that no process must be born.
    ///
    /// # Panics
    /// When root does not answer.
    pub fn table(&mut self) -> Table {
        ptrace::interrupt(self.root).expect("root is traced");
        loop {
            match waitpid(self.root, Some(WaitPidFlag::__WALL)).expect("root can be waited for") {
                WaitStatus::PtraceEvent(_, _, libc::PTRACE_EVENT_STOP) => break,
                WaitStatus::Stopped(_, signal) => ptrace::cont(self.root, signal).expect("root is stopped"),
                WaitStatus::PtraceEvent(..) => ptrace::cont(self.root, None).expect("root is stopped"),
                other => panic!("root: {other:?}"),
            }
        }
        ptrace::detach(self.root, None).expect("root is stopped");
        let table = Table::of(&self.tree.directory().path().join("killpoints.sock"));
        seize(self.root);
        table
    }

    /// Waits for the next event. Root and signals are let go on.
    ///
    /// # Panics
    /// When the tree has ended, or stands still.
    pub fn wait(&mut self) -> Event {
        if let Some(event) = self.early.pop_front() {
            return event;
        }
        loop {
            let status = waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD));
            self.guard.note();
            match status.expect("the tree can be waited for") {
                WaitStatus::Stopped(pid, Signal::SIGTRAP) => {
                    let tracee = Tracee(pid);
                    return Event::Stopped(tracee, tracee.at());
                }
                WaitStatus::Stopped(pid, signal) => {
                    let _ = ptrace::cont(pid, signal);
                }
                WaitStatus::PtraceEvent(pid, _, event) => {
                    if event == libc::PTRACE_EVENT_STOP && self.known.insert(pid) {
                        return Event::Born(Tracee(pid));
                    }
                    let _ = ptrace::cont(pid, None);
                }
                WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) => {
                    if pid == self.root {
                        self.tree.fail("ended, or stood still and was ended");
                    }
                    self.known.remove(&pid);
                    return Event::Ended(pid);
                }
                other => panic!("an unexpected event: {other:?}"),
            }
        }
    }

    /// Lets a newborn go on, up to the marks.
    pub fn release(&self, newborn: Tracee) {
        newborn.break_at(self.breakpoints());
        newborn.go_on();
    }

    fn breakpoints(&self) -> [u64; BREAKPOINTS] {
        [self.show, self.from, self.to, self.extra]
    }

    /// Waits until some process stops at a breakpoint; newborns go on.
    ///
    /// # Panics
    /// As [`Tracer::wait`].
    pub fn stopped(&mut self) -> (Tracee, u64) {
        loop {
            match self.wait() {
                Event::Born(newborn) => self.release(newborn),
                Event::Stopped(tracee, at) => return (tracee, at),
                Event::Ended(_) => {}
            }
        }
    }

    /// Waits until some daemon shows its state.
    ///
    /// # Panics
    /// As [`Tracer::wait`], and when a process comes to another breakpoint.
    pub fn shown(&mut self) -> (Tracee, Words) {
        let (tracee, at) = self.stopped();
        assert_eq!(at, self.show, "stopped in {}", self.symbols.name(at));
        (tracee, tracee.shown())
    }

    /// Lets a daemon that shows its state go on to the beginning of what is tried.
    ///
    /// # Panics
    /// When it comes elsewhere.
    pub fn to_beginning(&mut self, tracee: Tracee, order: u64) {
        tracee.order(order);
        let at = tracee.to_breakpoint();
        assert_eq!(at, Some(self.from), "the beginning");
    }

    /// Lets a daemon that shows its state go on, through what is tried, until it shows its state again.
    ///
    /// # Panics
    /// When it comes elsewhere.
    pub fn once_more(&mut self, tracee: Tracee, order: u64) -> Words {
        self.to_beginning(tracee, order);
        assert_eq!(tracee.to_breakpoint(), Some(self.to), "the end");
        assert_eq!(tracee.to_breakpoint(), Some(self.show), "a daemon that shows its state again");
        tracee.shown()
    }

    /// Waits until the process sleeps.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`](crate::PATIENCE).
    pub fn until_asleep(&self, tracee: Tracee) {
        let deadline = Instant::now() + PATIENCE;
        while !census::sleeps(tracee.0.as_raw()) {
            assert!(Instant::now() < deadline, "{tracee:?} does not go to sleep");
            std::thread::yield_now();
        }
    }

    /// Kills a stopped process, unless it has ended already.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn kill(&mut self, tracee: Tracee) {
        if self.known.remove(&tracee.0) {
            tracee.kill();
        }
    }
}

fn seize(root: Pid) {
    let options = Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(root, options).expect("a child can be traced");
}

/// By how much addresses in the process are higher than in the program's file.
fn bias(pid: Pid, program: &str) -> u64 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("the process is there");
        let first = maps.lines().find(|line| line.ends_with(program));
        // A process counts as started a moment before it has its program.
        if let Some((start, _)) = first.and_then(|line| line.split_once('-')) {
            return u64::from_str_radix(start, 16).expect("an address");
        }
        assert!(Instant::now() < deadline, "{program} does not run");
        std::thread::yield_now();
    }
}

/// Trees are spread over the processors in turn.
fn stay_on_one_processor() {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let own = Pid::from_raw(0);
    let all = sched_getaffinity(own).expect("the processors can be asked for");
    let usable: Vec<usize> = (0..CpuSet::count()).filter(|&cpu| all.is_set(cpu) == Ok(true)).collect();
    let mut one = CpuSet::new();
    one.set(usable[NEXT.fetch_add(1, Relaxed) % usable.len()]).expect("a processor's number");
    sched_setaffinity(own, &one).expect("a thread can choose among its processors");
}

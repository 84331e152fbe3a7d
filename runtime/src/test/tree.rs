//! A tree under test: what it says, and its end.

use super::lines::Lines;
use super::observe::Observer;
use super::processes::family;
use super::{Directory, Ended, Launch};
use std::io::{PipeReader, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long is waited for anything where [`Launch::patience`] says nothing else.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running tree. It is killed when this value is dropped, and when the test's process ends.
#[derive(Debug)]
pub struct Tree {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(super) lines: Lines,
    pub(super) observer: Result<Observer, UnixStream>,
    pub(super) patience: Duration,
    program: PathBuf,
    directory: Directory,
}

impl Tree {
    /// Starts `program`, a path from `CARGO_BIN_EXE_…`, as it is; see [`Launch`] for more.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(program: &str) -> Self {
        Launch::new(program).start()
    }

    pub(super) fn new(
        mut child: Child,
        reader: PipeReader,
        observer: UnixStream,
        program: PathBuf,
        directory: Directory,
        patience: Duration,
    ) -> Self {
        let (stdin, lines) = (child.stdin.take(), Lines::read(reader));
        Self { child, stdin, lines, observer: Err(observer), patience, program, directory }
    }

    /// The PID of root, or of what it runs under.
    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Its runtime directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Takes all lines that have arrived; from now on only later ones are awaited.
    pub fn mark(&mut self) {
        self.lines.take();
        self.lines.mark = self.lines.seen.len();
    }

    /// Sends a line to the standard input of the tree's processes, and awaits only what is said after it.
    ///
    /// # Panics
    /// When the tree does not listen any more.
    pub fn send(&mut self, command: &str) {
        self.mark();
        self.nudge(command);
    }

    /// Sends a line, and goes on awaiting what is said since the mark.
    ///
    /// # Panics
    /// When the tree does not listen any more.
    pub fn nudge(&mut self, command: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is open");
        if let Err(error) = writeln!(stdin, "{command}") {
            self.fail(&format!("cannot be told `{command}`: {error}"));
        }
    }

    /// Closes the tree's standard input.
    pub fn hush(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line since the mark that contains `part`.
    ///
    /// # Panics
    /// When the tree ends before, or it takes too long.
    pub fn line(&mut self, part: &str) -> String {
        self.nth_line(part, 1)
    }

    /// Waits for a line since the mark that contains all of `parts`.
    ///
    /// # Panics
    /// As [`Tree::line`].
    pub fn line_with(&mut self, parts: &[&str]) -> String {
        self.find(&|line| parts.iter().all(|part| line.contains(part)), 1, &parts.join("` and `"))
    }

    /// Waits for the `nth` line since the mark that contains `part`.
    ///
    /// # Panics
    /// As [`Tree::line`].
    pub fn nth_line(&mut self, part: &str, nth: usize) -> String {
        self.find(&|line| line.contains(part), nth, part)
    }

    fn find(&mut self, wanted: &dyn Fn(&str) -> bool, nth: usize, part: &str) -> String {
        match self.lines.find(wanted, nth, self.patience) {
            Ok(line) => line,
            Err(why) => self.fail(&format!("{why}, and has not said `{part}`")),
        }
    }

    /// As [`Tree::nth_line`], for the lines that are `wanted`, and for tests that try many trees and tell
    /// afterwards what went wrong.
    ///
    /// # Errors
    /// Why it waits no longer.
    pub fn try_line(
        &mut self,
        wanted: impl Fn(&str) -> bool,
        nth: usize,
        patience: Duration,
    ) -> Result<String, &'static str> {
        self.lines.find(&wanted, nth, patience)
    }

    /// The lines that have arrived since the mark.
    pub fn since_mark(&mut self) -> Vec<String> {
        self.lines.take();
        self.lines.seen[self.lines.mark..].to_vec()
    }

    /// The lines that have arrived since the mark, which moves behind them.
    pub fn news(&mut self) -> Vec<String> {
        let news = self.since_mark();
        self.lines.mark = self.lines.seen.len();
        news
    }

    /// Everything that the tree has said.
    pub fn said(&mut self) -> String {
        self.lines.take();
        self.lines.seen.join("\n")
    }

    /// Runs the tree's binary as a tool on the running tree.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn tool(&self, arguments: &[&str]) -> Output {
        self.begin_tool(arguments).wait_with_output().expect("the tool runs")
    }

    /// The same, without waiting for its end.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn begin_tool(&self, arguments: &[&str]) -> Child {
        let mut tool = Command::new(&self.program);
        tool.args(arguments).env("PERENNIAL_DIR", self.directory.path()).stdin(Stdio::null());
        tool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool runs")
    }

    /// Waits until `holds`, which is asked often, for what no event tells of.
    ///
    /// # Panics
    /// When it does not become so in time.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + self.patience;
        while !holds(self) {
            if Instant::now() >= deadline {
                self.fail(&format!("never came to this: {what}"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Sends a signal to root.
    ///
    /// # Panics
    /// When that fails.
    pub fn signal(&self, signal: i32) {
        // SAFETY: the child is not reaped, so the PID is its own.
        assert_eq!(unsafe { libc::kill(self.pid(), signal) }, 0, "signalling root");
    }

    /// Asks root to stop the tree, as an operator would, and waits for its end.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn stop(self) -> Ended {
        self.signal(libc::SIGTERM);
        self.end()
    }

    /// Waits until root has ended and every process of the tree has closed its output.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn end(mut self) -> Ended {
        match self.drained(self.patience) {
            Ok(ended) => ended,
            Err(why) => self.fail(&why),
        }
    }

    /// As [`Tree::end`], for tests that try many trees and tell afterwards what went wrong.
    ///
    /// # Errors
    /// What the tree has said, if it has not ended in time.
    pub fn try_end(mut self, patience: Duration) -> Result<Ended, String> {
        self.drained(patience).map_err(|why| format!("{why}\n{}", self.said()))
    }

    fn drained(&mut self, patience: Duration) -> Result<Ended, String> {
        if !self.lines.drain(patience) {
            return Err("did not end".to_owned());
        }
        // All of its processes have closed their output, so this wait is short.
        let status = self.child.wait().map_err(|error| error.to_string())?;
        Ok(Ended {
            code: status.code(),
            signal: status.signal(),
            lines: core::mem::take(&mut self.lines.seen),
            directory: core::mem::take(&mut self.directory),
        })
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Fails the test, with the last of what the tree has said.
    ///
    /// # Panics
    /// Always.
    pub fn fail(&mut self, why: &str) -> ! {
        self.lines.take();
        let from = self.lines.seen.len().saturating_sub(200);
        let (status, events) = (self.child.try_wait(), self.told());
        panic!(
            "the tree {why} (root: {status:?}); its last events:\n{events}\nits last lines:\n{}",
            self.lines.seen[from..].join("\n")
        )
    }

    fn told(&mut self) -> String {
        let Ok(observer) = &mut self.observer else { return "none were awaited".to_owned() };
        observer.take();
        let from = observer.events.len().saturating_sub(30);
        observer.events[from..].iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            for process in family(self.pid()) {
                // SAFETY: takes numbers. The PIDs were read a moment ago from a living family.
                unsafe { libc::kill(process.pid, libc::SIGKILL) };
            }
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            let said = self.said();
            // The test fails already.
            let _ = std::fs::write(self.directory.path().join("log"), said);
        }
    }
}

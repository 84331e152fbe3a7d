//! A tree under test: a child process in a directory of its own, whose lines can be awaited.

mod attempt;

use crate::census;
use crate::directory::Directory;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// No event of any test takes this long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How a tree is to be started.
#[derive(Debug)]
pub struct Launch {
    command: Command,
    program: PathBuf,
    directory: Directory,
}

impl Launch {
    /// `program`, a path from `CARGO_BIN_EXE_…`, as it is.
    pub fn new(program: &str) -> Self {
        Self::under(&[], program)
    }

    /// `program` run by another, such as a tracer: its command line without the program.
    pub fn under(wrapper: &[&str], program: &str) -> Self {
        let mut words = wrapper.iter().copied().chain([program]);
        let mut command = Command::new(words.next().unwrap_or(program));
        let directory = Directory::new();
        command.args(words).arg("run").env("PERENNIAL_DIR", directory.path());
        for inherited in ["PERENNIAL_FAULT", "PERENNIAL_FAULT_SEED", "RUST_LOG", "RUST_BACKTRACE"] {
            command.env_remove(inherited);
        }
        Self { command, program: program.into(), directory }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With something done in the new process before it becomes the tree, without memory or locks.
    #[must_use]
    pub fn prepared(mut self, prepare: impl FnMut() -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        // SAFETY: what the documentation asks of the caller, which is a test.
        unsafe { self.command.pre_exec(prepare) };
        self
    }

    /// In this directory rather than a new one.
    #[must_use]
    pub fn within(mut self, directory: Directory) -> Self {
        self.command.env("PERENNIAL_DIR", directory.path());
        self.directory = directory;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut self) -> Tree {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let both = writer.try_clone().expect("a descriptor");
        self.command.stdin(Stdio::piped()).stdout(writer).stderr(both);
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.command.get_program().display()));
        // The command keeps both ends for writing, and the reader would never see the end.
        drop(self.command);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(reader);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    break;
                }
            }
        });
        Tree {
            stdin: child.stdin.take(),
            child,
            lines,
            seen: Vec::new(),
            mark: 0,
            program: self.program,
            directory: self.directory,
        }
    }
}

/// How a tree ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code, if it exited.
    pub code: Option<i32>,
    /// The signal that ended it otherwise.
    pub signal: Option<i32>,
    /// All lines of all of its processes.
    pub lines: Vec<String>,
    /// Its runtime directory.
    pub directory: Directory,
}

impl Ended {
    /// The lines that contain `part`.
    pub fn with<'a>(&'a self, part: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.lines.iter().map(String::as_str).filter(move |line| line.contains(part))
    }

    /// The last line that contains `part`.
    ///
    /// # Panics
    /// When there is none.
    pub fn last(&self, part: &str) -> &str {
        let found = self.lines.iter().rev().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no line says `{part}`:\n{}", self.lines.join("\n")))
    }
}

/// A running tree.
#[derive(Debug)]
pub struct Tree {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<String>,
    mark: usize,
    program: PathBuf,
    directory: Directory,
}

impl Tree {
    /// The PID of root, or of what it runs under.
    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Takes all lines that have arrived; from now on only later ones are awaited.
    pub fn mark(&mut self) {
        self.seen.extend(self.lines.try_iter());
        self.mark = self.seen.len();
    }

    /// Sends a command, and awaits only what is said after it.
    ///
    /// # Panics
    /// When the tree does not listen any more.
    pub fn send(&mut self, command: &str) {
        self.mark();
        self.nudge(command);
    }

    /// Sends a command, and goes on awaiting what is said since the mark.
    ///
    /// # Panics
    /// When the tree does not listen any more.
    pub fn nudge(&mut self, command: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is open");
        if let Err(error) = writeln!(stdin, "{command}") {
            self.fail(&format!("cannot send `{command}`: {error}"));
        }
    }

    /// Closes the tree's standard input.
    pub fn hush(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line since the mark that contains `part`.
    ///
    /// # Panics
    /// When the tree ends or loses its test's patience before.
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

    /// The lines that have arrived since the mark.
    pub fn since_mark(&mut self) -> Vec<String> {
        self.seen.extend(self.lines.try_iter());
        self.seen[self.mark..].to_vec()
    }

    /// Waits for the `nth` line since the mark that contains `part`.
    ///
    /// # Panics
    /// As [`Tree::line`].
    pub fn nth_line(&mut self, part: &str, nth: usize) -> String {
        self.find(&|line| line.contains(part), nth, part)
    }

    fn find(&mut self, wanted: &dyn Fn(&str) -> bool, nth: usize, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut at = self.mark;
        let mut found = 0;
        loop {
            while at < self.seen.len() {
                found += usize::from(wanted(&self.seen[at]));
                if found == nth {
                    return self.seen[at].clone();
                }
                at += 1;
            }
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("waited too long for `{part}`")),
                Err(RecvTimeoutError::Disconnected) => self.fail(&format!("ended without saying `{part}`")),
            }
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

    /// Runs the tree's binary as a tool on the running tree.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn tool(&self, arguments: &[&str]) -> std::process::Output {
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

    /// Waits until `holds`, which is asked often.
    ///
    /// # Panics
    /// When it does not become so in time.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            if Instant::now() >= deadline {
                self.fail(&format!("it never came to this: {what}"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until root has ended and every process of the tree has closed its output.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn end(mut self) -> Ended {
        match self.drained(PATIENCE) {
            Ok(ended) => ended,
            Err(why) => self.fail(&why),
        }
    }

    /// Fails the test, with everything that the tree said.
    ///
    /// # Panics
    /// Always.
    pub fn fail(&mut self, why: &str) -> ! {
        self.seen.extend(self.lines.try_iter());
        let from = self.seen.len().saturating_sub(200);
        let status = self.child.try_wait();
        panic!("the tree {why} (root: {status:?}); its last lines:\n{}", self.seen[from..].join("\n"))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            for process in census::family(self.pid()) {
                // SAFETY: takes numbers. The PIDs were read a moment ago from a living family.
                unsafe { libc::kill(process.pid, libc::SIGKILL) };
            }
            let _ = self.child.wait();
        }
    }
}

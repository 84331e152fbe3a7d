//! How a tree is to be started.

use super::spawn::spawn;
use super::{Directory, Fault, PATIENCE, Tree};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How a tree is to be started.
///
/// ```no_run
/// use perennial::test::{Fault, Launch};
/// # macro_rules! env { ($name:literal) => { "/nowhere" } }
/// let launch = Launch::new(env!("CARGO_BIN_EXE_shop")).arg("orders.csv").env("RUST_LOG", "debug");
/// let mut shop = launch.fault(Fault::random(7)).start();
/// shop.line("open");
/// ```
#[derive(Debug)]
pub struct Launch {
    command: Command,
    program: PathBuf,
    directory: Directory,
    faults: Vec<Fault>,
    patience: Duration,
}

impl Launch {
    /// `program`, a path from `CARGO_BIN_EXE_…`, with the command `run` and no setting of perennial's from the test's
    /// own environment.
    pub fn new(program: &str) -> Self {
        Self::under(&[], program)
    }

    /// `program` run by another, such as a tracer: its command line without the program.
    pub fn under(wrapper: &[&str], program: &str) -> Self {
        let mut words = wrapper.iter().copied().chain([program]);
        let mut command = Command::new(words.next().unwrap_or(program));
        let directory = Directory::new();
        command.args(words).arg("run").env("PERENNIAL_DIR", directory.path());
        for inherited in
            ["PERENNIAL_FAULT", "PERENNIAL_FAULT_SEED", "PERENNIAL_CONFIG", "RUST_LOG", "RUST_BACKTRACE"]
        {
            command.env_remove(inherited);
        }
        Self { command, program: program.into(), directory, faults: Vec::new(), patience: PATIENCE }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With one more fault. A program that was built without the feature `fault-points` says so in its log and goes on.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// What [`Fault::by_chance`] begins with, so that a run can be repeated.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.env("PERENNIAL_FAULT_SEED", &seed.to_string())
    }

    /// Nothing that is awaited may take longer than this; else 30 seconds.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// With something done in the new process before it becomes the tree. It may make system calls, and must use no
    /// memory from the heap and no lock: other threads of the test's process may have held one when it was forked.
    #[must_use]
    pub fn prepared(mut self, prepare: impl FnMut() -> io::Result<()> + Send + Sync + 'static) -> Self {
        // SAFETY: what the documentation asks of the caller.
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
        if !self.faults.is_empty() {
            let armed: Vec<String> = self.faults.iter().map(Fault::to_string).collect();
            self.command.env("PERENNIAL_FAULT", armed.join(","));
        }
        let (reader, writer) = io::pipe().expect("a pipe");
        let both = writer.try_clone().expect("a descriptor");
        let (own, theirs) = UnixStream::pair().expect("a pair of sockets");
        self.command.env("PERENNIAL_OBSERVER", theirs.as_raw_fd().to_string());
        self.command.stdin(Stdio::piped()).stdout(writer).stderr(both);
        let child = spawn(self.command, theirs.as_raw_fd())
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        Tree::new(child, reader, own, self.program, self.directory, self.patience)
    }
}

//! Starting the program in a place of its own, and reading what it says.

// Each test file is a crate of its own and uses its part of this.
#![allow(dead_code)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;
use std::{fs::File, io::Read};
use tempfile::TempDir;

/// Longer than any run takes, even without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(240);

/// The program with a folder of its own, which is gone afterwards.
pub struct Program {
    folder: TempDir,
}

impl Program {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path inside the folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs to the end, with these bytes as standard input; the exit code, and what it says.
    pub fn run(&self, arguments: &[&str], input: &str) -> (Option<i32>, String) {
        std::fs::write(self.path("input"), input).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledger"));
        command.args(arguments).args(["--out", &self.path("books")]);
        // Not in the way of a ledger that runs elsewhere.
        command.env("PERENNIAL_DIR", self.path("run"));
        // A pipe, as from another program: it can be read but once.
        let mut cat = Command::new("cat").arg(self.path("input")).stdout(Stdio::piped()).spawn().unwrap();
        let child = command
            .stdin(cat.stdout.take().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(child.id() as i32);
        let (done, wait) = channel::<()>();
        let watchdog = thread::spawn(move || {
            if wait.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        let output = child.wait_with_output().unwrap();
        drop(done);
        watchdog.join().unwrap();
        cat.wait().unwrap();
        let text = [output.stderr, output.stdout].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }

    /// What the tree has logged.
    pub fn log(&self) -> String {
        let mut text = String::new();
        File::open(self.path("books/log")).unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

/// What the last line says.
#[derive(Debug, PartialEq, Eq)]
pub struct LastLine {
    pub lines: usize,
    pub booked: usize,
    pub refused: usize,
    pub crashed: usize,
    pub faults: [usize; 3],
}

/// Reads the last line, which must be exactly as it is promised, after the verdict.
pub fn last_line(text: &str) -> LastLine {
    let line = text.lines().next_back().unwrap_or_default();
    let numbers: Vec<usize> = line.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    let &[lines, booked, refused, crashed, lost, twice, wrong] = numbers.as_slice() else {
        panic!("no last line: {text}");
    };
    let promised = format!(
        "ledger: {lines} lines, {booked} booked, {refused} refused, {crashed} crashed, {lost} lost, {twice} twice, \
         {wrong} wrong"
    );
    assert_eq!(line, promised);
    LastLine { lines, booked, refused, crashed, faults: [lost, twice, wrong] }
}

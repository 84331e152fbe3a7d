//! Starting the program in a place of its own, and reading what it says.

// Each test file is a crate of its own and uses its part of this.
#![allow(dead_code)]

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;
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
    pub fn folder(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_darkroom"));
        // Not in the way of a darkroom that runs elsewhere.
        command.args(arguments).env("PERENNIAL_DIR", self.folder("run")).stdout(Stdio::piped());
        command
    }

    /// Runs to the end; the exit code, and standard error followed by standard output.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let child = self.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let _watchdog = Watchdog::over(&child);
        let output = child.wait_with_output().unwrap();
        let text = [output.stderr, output.stdout].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }
}

/// Kills a program that does not come to an end; its tree then stops by itself.
pub struct Watchdog {
    _done: Sender<()>,
}

impl Watchdog {
    pub fn over(child: &Child) -> Self {
        let pid = Pid::from_raw(child.id() as i32);
        let (done, wait) = channel::<()>();
        thread::spawn(move || {
            if wait.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        Self { _done: done }
    }
}

/// What the last line says.
#[derive(Debug)]
pub struct LastLine {
    pub files: usize,
    pub thumbnails: usize,
    pub set_aside: usize,
    pub restarts: usize,
    pub lost: usize,
    pub counted_twice: usize,
}

impl LastLine {
    pub fn is_whole(&self) -> bool {
        self.lost == 0 && self.counted_twice == 0 && self.files == self.thumbnails + self.set_aside
    }
}

/// Reads the last line, which must be exactly as it is promised.
pub fn last_line(text: &str) -> LastLine {
    let line = text.lines().next_back().unwrap_or_default();
    let numbers: Vec<usize> = line.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    let &[files, thumbnails, set_aside, restarts, lost, counted_twice] = numbers.as_slice() else {
        panic!("no last line: {text}");
    };
    let promised = format!(
        "darkroom: {files} files, {thumbnails} thumbnails, {set_aside} set aside, {restarts} restarts, \
         {lost} lost, {counted_twice} counted twice"
    );
    assert_eq!(line, promised);
    LastLine { files, thumbnails, set_aside, restarts, lost, counted_twice }
}

/// The number before these words.
pub fn number_before(text: &str, words: &str) -> usize {
    let (before, _) = text.split_once(words).unwrap_or_else(|| panic!("nobody says{words}: {text}"));
    before.split_ascii_whitespace().next_back().unwrap().parse().unwrap()
}

/// As Ctrl-C would.
pub fn interrupt(child: &Child) {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
}

/// The rest of what it says on standard output.
pub fn rest(child: &mut Child) -> String {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Writes a JPEG with full colour resolution, which takes the most memory to decode.
pub fn write_photograph(path: &str, width: u16, height: u16, progressive: bool) {
    let pixels: Vec<u8> = (0..usize::from(width) * usize::from(height))
        .flat_map(|i| {
            let (x, y) = (i % usize::from(width), i / usize::from(width));
            [(x >> 4) as u8, (y >> 4) as u8, ((x * y) >> 12) as u8]
        })
        .collect();
    let mut encoder = Encoder::new_file(path, 90).unwrap();
    encoder.set_sampling_factor(if progressive { SamplingFactor::F_2_2 } else { SamplingFactor::F_1_1 });
    encoder.set_progressive(progressive);
    encoder.encode(&pixels, width, height, ColorType::Rgb).unwrap();
}

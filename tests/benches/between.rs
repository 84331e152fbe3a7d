//! Runs the program `between` in a runtime directory of its own: what daemons do with one another, each over its
//! floor. A word on the command line chooses the figures whose names contain it.

use perennial::test::Directory;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let directory = Directory::new();
    let chosen = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let status = Command::new(env!("CARGO_BIN_EXE_between"))
        .arg("run")
        .args(chosen)
        .env("PERENNIAL_DIR", directory.path())
        .env("RUST_LOG", "warn")
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("the tree ended with {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("the tree could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}

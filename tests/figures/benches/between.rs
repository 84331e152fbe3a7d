//! Runs the program `between` in a runtime directory of its own: what daemons do with one another, each over its
//! floor. A word on the command line chooses the figures whose names contain it.

use std::error::Error;
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let chosen = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let status = Command::new(env!("CARGO_BIN_EXE_between"))
        .arg("run")
        .args(chosen)
        .env("PERENNIAL_DIR", directory.path())
        .env("RUST_LOG", "warn")
        .status()?;
    if !status.success() {
        eprintln!("the tree ended with {status}");
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

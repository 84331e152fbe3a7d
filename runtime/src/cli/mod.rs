//! The root binary as its own tool: `run`, `ps`, `map`, `stop`, `help`.
//!
//! All but `run` are run by a second process that reads the tree's state arena; nothing here runs in root.

mod connect;
mod map;
mod ps;
mod stop;

use crate::root::{Tree, exit_code};
use std::process::ExitCode;

const HELP: &str = "\
commands:
  run     run the tree in the foreground (the default); arguments behind it go to the program
  ps      show the running tree: processes, generations, restarts
  map     show the memory map and the budgets; needs no running tree
  stop    stop the running tree in order, and wait until it is gone
  help    show this

environment:
  PERENNIAL_DIR   directory of the runtime files (lock and socket)
  RUST_LOG        error, warn, info (default), debug or trace

exit codes: 0 stopped in order; 64 usage; 69 memory, limits or already running; 71 seal refused;
78 set-up failed; 80 a daemon died too often; 81 a daemon had to be killed at stop; or what a daemon's
shutdown(code) says";

/// The program's own arguments: those behind the command `run`, if it was given.
pub fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    let mut rest = std::env::args_os().skip(1).peekable();
    rest.next_if(|first| first == "run");
    rest
}

/// The program: what `root!` puts into `main`.
pub fn main(tree: &'static Tree) -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next();
    let code = match command.as_ref().and_then(|c| c.to_str()) {
        Some("ps") => ps::ps(tree),
        Some("map") => map::map(tree),
        Some("stop") => stop::stop(tree),
        Some("help" | "--help" | "-h") => {
            println!("{}\n\n{HELP}", tree.name);
            exit_code::DONE
        }
        // `cargo bench` passes this to whatever it runs.
        Some(other) if other != "run" && other != "--bench" => {
            eprintln!(
                "`{other}` is no command of {}; see `help`. Arguments for the program go behind `run`",
                tree.name
            );
            exit_code::USAGE
        }
        _ => crate::root::run(tree),
    };
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

//! A photo intake that decodes untrusted images with a C library and never goes down.
//!
//! The program is two things. [`tree`] is the process tree that does the work. [`front`] is what
//! a person starts: it starts the tree as another process, tells what happens, kills daemons to
//! show that it does no harm, and checks the result afterwards from outside.

mod front;
mod tree;

use std::env;
use std::process::ExitCode;

/// The commands of the tree; anything else is for the front.
const COMMANDS: [&str; 4] = ["run", "ps", "map", "stop"];

fn main() -> ExitCode {
    match env::args_os().nth(1) {
        Some(first) if COMMANDS.iter().any(|command| *command == first) => tree::run(),
        _ => front::run(),
    }
}

//! A double-entry ledger fed by a CSV of bookings: whatever is killed, every line is booked once, or set aside with
//! its number and the cause, and the books balance.
//!
//! The program is two things. [`tree`] is the process tree that keeps the books. [`front`] is what a person starts: it
//! starts the tree as another process, lets a storm of kills rage over it if asked to, and proves the result from
//! outside.

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

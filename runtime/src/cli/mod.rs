//! The root binary as its own tool: `run`, `ps`, `letters`, `replay`, `map`, `stop`, `help`.
//!
//! All but `run` are run by a second process that reads the tree's state arena; nothing here runs in root.

mod connect;
mod map;
mod ps;
mod rings;
mod stop;

#[cfg(feature = "test")]
pub(crate) use connect::View;

use crate::root::{Tree, exit_code};
use std::process::ExitCode;

const HELP: &str = "\
commands:
  run     run the tree in the foreground (the default); arguments behind it go to the program
  ps      show the running tree: processes, generations, restarts, how each daemon last ended; rings with how far
          each consumer is behind, what it has missed and set aside
  letters [DAEMON.FIELD]
          list the dead letters of all consumers, or of one
  replay DAEMON.FIELD [COUNT]
          have the oldest dead letters of a consumer, or all, delivered again before newer messages
  map     show the memory map and the budgets; needs no running tree
  stop    stop the running tree in order, and wait until it is gone
  help    show this

environment:
  PERENNIAL_DIR     directory of the runtime files (lock and socket)
  PERENNIAL_CONFIG  settings file; else NAME.conf in that directory, if there is one
  RUST_LOG          off, error, warn, info (default), debug or trace

signals to root, the first process that `ps` shows:
  SIGTERM, SIGINT   stop in order; a second one kills what is left at once
  SIGHUP            read the settings file again, and tell the daemons
  SIGQUIT           write the status of the tree to the log
  SIGKILL, SIGSTOP  end or freeze root, and with it what it does; all others are survived

settings, one in a line, `#` before a comment:
  log = LEVEL
  DAEMON.KEY = VALUE   with KEY one of max_restarts (10); within, backoff, max_backoff, healthy_after,
                       stop_timeout (250ms, 10s, 1m); watchdog, start_timeout (10s, off);
                       escalation (stop, stop(17), reset, abandon)

exit codes:
  0   stopped in order
  64  command line or settings file make no sense
  69  memory, limits or runtime directory not to be had, or already running; for tools: not running
  71  seal refused
  78  set-up failed
  80  a daemon died too often
  81  a daemon had to be killed at stop
  or what a daemon's shutdown(code) or escalation = stop(code) says";

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
        Some("letters") => {
            let name = arguments.next();
            rings::letters(tree, name.as_ref().map(|name| name.to_str().unwrap_or_default()))
        }
        Some("replay") => {
            let (name, count) = (arguments.next(), arguments.next());
            let text = |argument: &Option<std::ffi::OsString>| {
                argument.as_ref().map(|text| text.to_str().unwrap_or_default().to_owned())
            };
            rings::replay(tree, text(&name).as_deref(), text(&count).as_deref())
        }
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

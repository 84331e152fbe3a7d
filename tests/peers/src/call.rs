//! A function in a process of its own that gives 64 bytes back.

use crate::Result;
use crate::turn::{against, ask, timed};
use perennial_peers::shared::Job;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// Calls in a batch.
const CALLS: u64 = 16;
/// Batches of most; of those that start a program for each call.
const BATCHES: usize = 60;
const FEW: usize = 20;
/// What the program is called with to be the child of the row `Command`.
const CHILD: &str = "--child";

/// What is called.
fn answer(n: u64) -> Vec<u8> {
    vec![n as u8; 64]
}

/// The same for tarnish.
#[derive(Default)]
struct Task;

impl tarnish::Task for Task {
    type Input = u64;
    type Output = Vec<u8>;
    type Error = String;

    fn run(&mut self, n: u64) -> core::result::Result<Vec<u8>, String> {
        Ok(answer(n))
    }
}

/// Does a child's part, where this process is the child of one of those that start this program again.
pub fn is_child() -> Option<ExitCode> {
    procspawn::init();
    if let Some(code) = tarnish::worker_main::<Task>() {
        return Some(ExitCode::from(code as u8));
    }
    if std::env::var_os("RUSTY_FORK_OCCURS").is_some() {
        // Does not return.
        let _ = rusty_fork();
    }
    (std::env::args().nth(1).as_deref() == Some(CHILD)).then(|| {
        use std::io::Write;
        let written = std::io::stdout().write_all(&answer(1));
        if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    })
}

/// Its child's output is a file, which it prints at the end: the child says nothing, so that this peer does a little less.
fn rusty_fork() -> Result<bool> {
    Ok(rusty_fork::fork(
        "call",
        "call",
        |_| (),
        |child, _| child.wait().is_ok_and(|status| status.success()),
        || _ = black_box(answer(1)),
    )?)
}

fn right(bytes: &[u8]) -> Result<()> {
    if bytes.len() == 64 { Ok(()) } else { Err("not the answer".into()) }
}

/// Prints the section.
pub fn measure(_: &Path) -> Result<()> {
    let ours = || ask(Job::Calls);
    against("call", "mem-isolate", None, BATCHES, ours, || {
        timed(CALLS, |n| right(&mem_isolate::execute_in_isolated_process(|| answer(n))?))
    })?;
    against("call", "procspawn", None, FEW, ours, || {
        timed(CALLS, |n| right(&procspawn::spawn(n, answer).join()?))
    })?;
    let pool = procspawn::Pool::new(1)?;
    against("call", "procspawn_pool", None, BATCHES, ours, || {
        timed(CALLS, |n| right(&procspawn::spawn!(in pool, (n) || answer(n)).join()?))
    })?;
    pool.shutdown();
    // Until the answer is there; to let a worker go, tarnish sleeps for a tenth of a second, which is not counted.
    let mut workers = Vec::new();
    against("call", "tarnish", None, FEW, ours, || {
        let time = timed(2, |n| {
            let mut worker = tarnish::Process::<Task>::spawn()?;
            let done = worker.call(n)?;
            workers.push(worker);
            right(&done)
        });
        workers.clear();
        time
    })?;
    let mut worker = tarnish::Process::<Task>::spawn()?;
    against("call", "tarnish_warm", None, BATCHES, ours, || timed(CALLS, |n| right(&worker.call(n)?)))?;
    drop(worker);
    against("call", "rusty-fork", None, FEW, ours, || {
        timed(CALLS, |_| if rusty_fork()? { Ok(()) } else { Err("the child failed".into()) })
    })?;
    let program = std::env::current_exe()?;
    against("call", "std_Command", None, FEW, ours, || {
        timed(CALLS, |_| right(&Command::new(&program).arg(CHILD).stdin(Stdio::null()).output()?.stdout))
    })
}

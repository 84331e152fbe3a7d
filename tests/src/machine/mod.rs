//! A tree for a state machine: one daemon that does as it is told on standard input, dies in every way that there is
//! included, beside one that nothing must ever happen to. [`model`] says what must come of it.

pub mod model;

use crate::{say, say::command};
use model::Manner;
use perennial::prelude::*;
use std::os::fd::BorrowedFd;

/// Does as it is told. Its limits are those of the model.
#[daemon(
    mem = "512KiB",
    history = "64KiB",
    max_restarts = 7,
    within = "10m",
    healthy_after = "1h",
    backoff = "0s",
    max_backoff = "0s",
    resumes = 2,
    rollbacks = 2,
    escalation = stop(17),
    watchdog = "2s"
)]
pub struct Subject {
    /// What the commands change.
    pub value: u64,
    /// The value in other words, so that a torn state is seen.
    pub copies: Array<u64, 64>,
}

/// Nothing must happen to it.
#[daemon(mem = "128KiB")]
pub struct Bystander {
    /// Incarnations.
    pub starts: u64,
}

impl Subject {
    /// Fails as it is told to, after it has changed everything.
    #[transaction(timeout = "30s")]
    fn task(value: &mut u64, copies: &mut Array<u64, 64>, manner: Manner, by: u64) -> Result<(), ()> {
        *value += by;
        fill(copies, *value);
        carry_out(manner)
    }
}

fn manner(word: &str) -> Manner {
    let all = [Manner::Err, Manner::Panic, Manner::Abort, Manner::Kill];
    all.into_iter().find(|manner| manner.word() == word).unwrap_or(Manner::Ok)
}

fn carry_out(manner: Manner) -> Result<(), ()> {
    match manner {
        Manner::Ok => Ok(()),
        Manner::Err => Err(()),
        Manner::Panic => panic!("as it was told to"),
        Manner::Abort => std::process::abort(),
        Manner::Kill => {
            // SAFETY: takes numbers.
            unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
            Err(())
        }
    }
}

impl Daemon for Subject {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let (how, commits) = match me.recovered() {
            Recovered::First => ("first", 0),
            Recovered::Resumed => ("resumed", 0),
            Recovered::RolledBack { commits } => ("rolled-back", commits),
            Recovered::Reset => ("reset", 0),
        };
        say!("up generation={} how={how} commits={commits} .", me.generation());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        loop {
            let woken = me.wait()?;
            if !woken.is_running() {
                return Ok(());
            }
            if woken.has_ready_descriptor() {
                let Some(command) = command() else {
                    me.unwatch(stdin);
                    continue;
                };
                if let Some(outcome) = obey(me, &command) {
                    return outcome;
                }
            }
        }
    }
}

/// Does it and says what came of it; `Some` with how to end.
fn obey(me: &mut Handle<Subject>, command: &str) -> Option<Outcome> {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let number = rest.rsplit(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0_u64);
    let manner = self::manner(rest.split(' ').next().unwrap_or_default());
    let said = match verb {
        "change" => u64::from(change(me, manner, number)),
        "fly" => u64::from(Subject::task(me, manner, number).is_ok()),
        "checkpoint" => u64::from(me.checkpoint(rest).is_ok()),
        "rollback" => me.rollback(number as usize) as u64,
        "return" => me.roll_back_to(rest).map_or(u64::MAX, |undone| undone as u64),
        "shutdown" => {
            me.shutdown(number as u8);
            0
        }
        "end" => return Some(Ok(())),
        "fail" => return Some(Err(Error::new("as it was told to"))),
        "panic" => panic!("as it was told to"),
        "exit" => std::process::exit(number as i32),
        "hang" => loop {
            core::hint::spin_loop();
        },
        _ => u64::MAX,
    };
    say!("did {command}: {said}.");
    None
}

fn change(me: &mut Handle<Subject>, manner: Manner, by: u64) -> bool {
    me.update(|s| {
        *s.value += by;
        fill(s.copies, *s.value);
        carry_out(manner)
    })
    .is_ok()
}

fn fill(copies: &mut Array<u64, 64>, value: u64) {
    for at in 0..64_usize {
        copies.set(at, value).expect("an index in range");
    }
}

impl Daemon for Bystander {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        me.wait_for_stop()
    }
}

//! A ledger, and three that are subscribed to it: one that sleeps on words, one that watches a descriptor as well and so
//! sleeps on its doorbell, and one that commits what it makes of rollbacks and can be made to crash, for which its own
//! newest commit is undone.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "256KiB", resumes = 1_000_000)]
struct Ledger {
    #[publish]
    count: u64,
    /// No more commits follow for now.
    #[publish]
    quiet: bool,
    /// The incarnation of the corrector that is to crash.
    #[publish]
    crash: u64,
}

#[daemon(mem = "128KiB", resumes = 1_000_000)]
struct Monitor;
#[daemon(mem = "128KiB", resumes = 1_000_000)]
struct Watcher;

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms", resumes = 0, rollbacks = 100)]
struct Corrector {
    corrections: u64,
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if let Err(error) = me.news::<Monitor>() {
            say!("refused: {error}");
        }
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        say!("up name=ledger");
        loop {
            let woken = me.wait()?;
            if !woken.is_running() {
                return Ok(());
            }
            if !woken.has_ready_descriptor() {
                continue;
            }
            let Some(command) = command() else { return me.wait_for_stop() };
            let commits = match &*command {
                "commit" => 1,
                "work" => 20_000,
                "rollback" | "rollback 3" => {
                    let undone = me.rollback(if &*command == "rollback" { 1 } else { 3 });
                    say!("rolled back {undone:?} sequence={}", me.sequence());
                    continue;
                }
                "crash" => {
                    me.change(|s| *s.crash += 1)?;
                    continue;
                }
                _ => 0,
            };
            for left in (0..commits).rev() {
                me.change(|s| {
                    *s.count += 1;
                    *s.quiet = left == 0;
                })?;
            }
            say!("done {} sequence={}", &*command, me.sequence());
        }
    }
}

fn listen<S: Daemon>(me: &mut Handle<S>, name: &str) -> Outcome {
    say!("up name={name} pid={}", std::process::id());
    loop {
        let woken = me.wait_for(&Wait::new().news())?;
        if !woken.is_running() {
            return Ok(());
        }
        let Some(news) = me.news::<Ledger>().map_err(Error::new)? else { continue };
        let seen = me.snapshot::<Ledger>(Duration::from_secs(10)).map_err(Error::new)?;
        if let Some(rolled) = news.rolled_back {
            say!("rollback name={name} from={} to={} generation={}", rolled.from, rolled.to, me.generation());
        }
        if seen.value.quiet {
            say!("quiet name={name} sequence={} count={}", seen.sequence, seen.value.count);
        }
    }
}

impl Daemon for Monitor {
    fn run(me: &mut Handle<Self>) -> Outcome {
        listen(me, "monitor")
    }
}

impl Daemon for Watcher {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let mut ends = [0; 2];
        // SAFETY: writes two descriptors to a local; the one that is watched stays open until the process ends.
        let silent = unsafe {
            libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC);
            BorrowedFd::borrow_raw(ends[0])
        };
        me.watch(silent)?;
        listen(me, "watcher")
    }
}

impl Daemon for Corrector {
    fn run(me: &mut Handle<Self>) -> Outcome {
        loop {
            say!("corrected corrections={} generation={}", me.state().corrections, me.generation());
            let woken = me.wait_for(&Wait::new().news())?;
            if !woken.is_running() {
                return Ok(());
            }
            let Some(news) = me.news::<Ledger>().map_err(Error::new)? else { continue };
            let seen = me.snapshot::<Ledger>(Duration::from_secs(10)).map_err(Error::new)?;
            if news.rolled_back.is_some() {
                me.change(|s| *s.corrections += 1)?;
            }
            if seen.value.crash == me.generation() {
                std::process::abort();
            }
        }
    }
}

root! {
    mem = "1MiB";
    daemons: [Ledger, Monitor, Watcher, Corrector];
    subscriptions: [Monitor -> Ledger, Watcher -> Ledger, Corrector -> Ledger];
}

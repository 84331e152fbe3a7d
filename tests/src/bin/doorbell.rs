//! Two daemons that wait in event loops of their own, for each other: `serve` answers each number, `ask` counts the rounds
//! and whether any wait was for nothing. A third one shows its watchdog that it only waits, and then hangs.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use perennial::daemon::Doorbell;
use perennial::prelude::*;
use perennial::test::Random;
use perennial_tests::say;
use std::os::fd::AsFd;
use std::time::Instant;

const ROUNDS: u64 = 100_000;
/// Rounds after which the asker says how far it is.
const PART: u64 = 10_000;
/// Longer than any wake-up takes.
const LOST: Duration = Duration::from_secs(10);
/// Longer than the watchdog's period.
const LONG: Duration = Duration::from_millis(900);

#[daemon(mem = "128KiB")]
struct Asker {
    out: Producer<u64, 4>,
    inbox: Consumer<u64, 4>,
    news: LiveReader<u64, 4>,
    rounds: u64,
}

#[daemon(mem = "128KiB")]
struct Server {
    out: Producer<u64, 4>,
    inbox: Consumer<u64, 4>,
    news: Live<u64, 4>,
}

#[daemon(mem = "128KiB", watchdog = "300ms", backoff = "1ms")]
struct Patient {
    waits: u64,
}

/// Waits for the bell alone; whether it rang in time.
fn rings(bell: &Doorbell<'_>) -> bool {
    let timeout = bell.timeout().unwrap_or(LOST);
    let mut ready = [PollFd::new(bell.as_fd(), PollFlags::POLLIN)];
    poll(&mut ready, PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX)).is_ok_and(|count| count > 0)
}

/// Lets some time pass, so that the other side comes at any place of this one's wait.
fn dawdle(random: &mut Random) {
    for _ in 0..random.below(400) {
        core::hint::spin_loop();
    }
}

impl Daemon for Asker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let mut random = Random::new(0xbe11);
        let (mut lost, mut spurious) = (0, 0);
        while *me.state().rounds < ROUNDS {
            me.update(|s| s.out.push(*s.rounds))?;
            // In turn for the message and for the telemetry that comes before it.
            let live = me.state().rounds.is_multiple_of(4);
            let wait = if live { Wait::new().live() } else { Wait::new().messages() };
            while me.state().inbox.is_empty() {
                dawdle(&mut random);
                let bell = me.doorbell(&wait);
                lost += u64::from(!rings(&bell));
                let woken = bell.answer();
                if !woken.is_running() {
                    return Ok(());
                }
                spurious += u64::from(!(woken.has_messages() || woken.has_live()));
                if live && woken.has_live() {
                    me.change(|s| s.news.pop_iter().count())?;
                    while me.state().inbox.is_empty() {
                        lost +=
                            u64::from(!me.wait_for(&Wait::new().messages().timeout(LOST))?.has_messages());
                    }
                }
            }
            let answer = me.change(|s| {
                *s.rounds += 1;
                s.news.pop_iter().count();
                (s.inbox.pop(), *s.rounds)
            })?;
            if answer.1.is_multiple_of(PART) {
                say!("round={}", answer.1);
            }
            if answer.0 != Some(answer.1) {
                say!("wrong {answer:?}");
            }
        }
        say!("rounds={} lost={lost} spurious={spurious}", me.state().rounds);
        // A bell that nobody rings is idle until the request to stop.
        let mut bell = me.doorbell(&Wait::new());
        say!("silent");
        loop {
            while !rings(&bell) {}
            // What the other did last may ring late, and for nothing.
            if !bell.answer().is_running() {
                break;
            }
            bell = me.doorbell(&Wait::new());
        }
        say!("stopping=true");
        Ok(())
    }
}

impl Daemon for Server {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let mut random = Random::new(0x5e7f);
        loop {
            let bell = me.doorbell(&Wait::new().messages());
            if !rings(&bell) && bell.timeout().is_none() {
                say!("nothing was asked for long");
            }
            let woken = bell.answer();
            if !woken.is_running() {
                return Ok(());
            }
            dawdle(&mut random);
            while let Some(number) = me.change(|s| s.inbox.pop())? {
                me.change(|s| s.news.push(number))?;
                me.update(|s| s.out.push(number + 1))?;
            }
        }
    }
}

impl Daemon for Patient {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if me.generation() == 1 {
            me.set_alarm(LONG);
            let begun = Instant::now();
            let bell = me.doorbell(&Wait::new());
            while begun.elapsed() < LONG {
                rings(&bell);
            }
            say!("patient alarm={}", bell.answer().has_alarm());
            me.change(|s| *s.waits += 1)?;
            drop(me.doorbell(&Wait::new()));
            loop {
                core::hint::spin_loop();
            }
        }
        say!("patient generation={} waits={}", me.generation(), me.state().waits);
        me.wait_for_stop()
    }
}

root! {
    mem = "1MiB";
    daemons: [Asker, Server, Patient];
    rings: [
        Asker.out -> Server.inbox,
        Server.out -> Asker.inbox,
        Server.news -> Asker.news,
    ];
}

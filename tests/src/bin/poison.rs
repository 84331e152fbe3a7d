//! A daemon that one message kills whenever it handles it, in an update of its own: by an abort, or by a panic if
//! the command line says so.

use perennial::prelude::*;
use perennial_tests::say;

const COUNT: u64 = 10;
const POISON: u64 = 4;

#[daemon(mem = "128KiB")]
struct Feeder {
    next: u64,
    out: Producer<u64, 16>,
}

#[daemon(mem = "128KiB", backoff = "1ms")]
struct Eater {
    inbox: Consumer<u64, 16>,
    count: u64,
    sum: u64,
    ticks: u64,
}

impl Daemon for Feeder {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| {
            while *s.next < COUNT && s.out.push(*s.next).is_ok() {
                *s.next += 1;
            }
        })?;
        while me.wait_for(&Wait::new())?.is_running() {}
        Ok(())
    }
}

impl Daemon for Eater {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let panics = me.setup() == Some(&true);
        while *me.state().count + 1 < COUNT && me.wait()?.is_running() {
            me.change(|s| *s.ticks += 1)?;
            me.change(|s| {
                if let Some(number) = s.inbox.pop() {
                    *s.count += 1;
                    *s.sum += number;
                    if number == POISON {
                        say!("poison");
                        assert!(!panics, "this message is poison");
                        std::process::abort();
                    }
                }
            })?;
        }
        let s = me.state();
        let letter = s.inbox.dead_letters().next();
        let (tries, set_aside) = letter.map_or((0, None), |letter| (letter.attempts, letter.message));
        let (count, sum, letters) = (s.count, s.sum, s.inbox.dead_letters().count());
        say!(
            "final count={count} sum={sum} letters={letters} tries={tries} letter={} generation={}",
            set_aside.unwrap_or(0),
            me.generation()
        );
        me.shutdown(0);
        while me.wait_for(&Wait::new())?.is_running() {}
        Ok(())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a set-up hook may fail")]
fn panics() -> Result<bool, core::convert::Infallible> {
    Ok(perennial::arguments().any(|argument| argument == "panic"))
}

root! {
    mem = "512KiB";
    setup = panics;
    daemons: [Feeder, Eater];
    rings: [Feeder.out -> Eater.inbox (attempts = 3)];
}

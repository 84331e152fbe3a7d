//! A consumer with room for one dead letter, and messages that all kill whoever handles them.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "128KiB")]
struct Feeder {
    next: u64,
    out: Producer<u64, 16>,
}

#[daemon(mem = "256KiB")]
struct Eater {
    inbox: Consumer<u64, 16, 1>,
    tries: u64,
}

impl Eater {
    #[transaction(timeout = "10s")]
    fn handle(inbox: &mut Consumer<u64, 16, 1>) -> Result<(), ()> {
        if inbox.pop().is_some() {
            std::process::abort();
        }
        Err(())
    }
}

impl Daemon for Feeder {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| {
            while *s.next < 3 && s.out.push(*s.next).is_ok() {
                *s.next += 1;
            }
        })?;
        me.wait_for_stop()
    }
}

impl Daemon for Eater {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let mut letters = 0;
        while letters < 3 {
            me.set_alarm(Duration::from_millis(50));
            if me.wait()?.has_messages() {
                me.change(|s| *s.tries += 1)?;
                let _ = Self::handle(me);
                continue;
            }
            // Nothing that could be handled: the dead letters are full, or the ring is empty.
            if let Some(letter) = me.change(|s| s.inbox.take_dead_letter())? {
                letters += 1;
                say!("letter {} after {} tries", letter.message.unwrap_or(99), letter.attempts);
            }
        }
        say!("tries={}", me.state().tries);
        me.shutdown(0);
        me.wait_for_stop()
    }
}

root! {
    mem = "512KiB";
    daemons: [Feeder, Eater];
    rings: [Feeder.out -> Eater.inbox (attempts = 2)];
}

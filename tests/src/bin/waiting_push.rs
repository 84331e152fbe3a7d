//! A producer that waits in `push`, whatever ends that: a consumer that takes something, a `timeout`, a consumer that is
//! done, the request to stop.

use perennial::prelude::*;
use perennial_tests::say;
use std::time::Instant;

/// Longer than the source's watchdog.
const LONG: Duration = Duration::from_millis(900);
const SHORT: Duration = Duration::from_millis(200);

/// Takes nothing at all.
#[daemon(mem = "128KiB")]
struct Never {
    inbox: Consumer<u64, 2>,
}

#[daemon(mem = "128KiB", watchdog = "300ms")]
struct Source {
    slow: Producer<u64, 4>,
    never: Producer<u64, 2>,
}

/// Takes a message after a long time, one after a short time when it is told to, and then is done.
#[daemon(mem = "128KiB", kind = transient)]
struct Slow {
    inbox: Consumer<u64, 4>,
}

impl Source {
    #[transaction]
    fn send(slow: &mut Producer<u64, 4>) -> Result<(), ()> {
        slow.push(6).map_err(|_| ())
    }

    #[transaction(timeout = "50ms")]
    fn send_soon(slow: &mut Producer<u64, 4>) -> Result<(), ()> {
        slow.push(7).map_err(|_| ())
    }
}

impl Daemon for Never {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.wait_for_stop()?;
        Ok(())
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| s.slow.push_slice(&[1, 2, 3, 4, 5]))?;
        let begun = Instant::now();
        let done = me.update(|s| s.slow.push(5)).is_ok();
        say!("update done={done} long={}", begun.elapsed() >= LONG / 2);
        say!("task done={}", Self::send(me).is_ok());
        let mut over = Ok(());
        while over.is_ok() {
            over = Self::send_soon(me);
        }
        say!("timeout {}", matches!(over, Err(Failure::TimedOut(_))));
        for n in 0..20 {
            me.update(|s| s.slow.push(n)).map_err(|_| Error::new("the consumer is done"))?;
        }
        say!("released");
        me.change(|s| s.never.push_slice(&[1, 2]))?;
        let none: Result<(), Failure<()>> = me.update(|s| {
            // Nobody could ever take the third before this change commits.
            say!("own too_many={}", s.never.extend_from_slice(&[3, 4, 5]).is_err());
            say!("waiting for ever");
            let refused = s.never.push(3);
            say!("refused {}", refused == Err(Full(3)));
            Err(())
        });
        say!("stopping {}", none.is_err() && !me.wait()?.is_running());
        Ok(())
    }
}

impl Daemon for Slow {
    fn run(me: &mut Handle<Self>) -> Outcome {
        for (after, count) in [(LONG, 1), (SHORT, 1), (LONG, 0)] {
            me.set_alarm(after);
            while !me.wait_for(&Wait::new())?.has_alarm() {}
            me.change(|s| s.inbox.pop_iter().take(count).count())?;
        }
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Never, Source, Slow];
    rings: [
        Source.slow -> Slow.inbox (full = wait),
        Source.never -> Never.inbox (full = wait),
    ];
}

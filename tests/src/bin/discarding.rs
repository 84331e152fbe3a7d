//! A sink whose state is taken back, in every way in which that happens; after each it says which messages that was about.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "128KiB")]
struct Source {
    out: Producer<u64, 16>,
    acks: Consumer<u64, 16>,
}

#[daemon(
    mem = "128KiB",
    max_restarts = 100,
    within = "10m",
    backoff = "0s",
    max_backoff = "0s",
    resumes = 0,
    rollbacks = 1
)]
struct Sink {
    inbox: Consumer<u64, 16>,
    acks: Producer<u64, 16>,
    sum: u64,
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| s.out.push_slice(&[1; 10]))?;
        me.wait_for_stop()
    }
}

/// Takes messages one by one, and acknowledges each third.
fn take(me: &mut Handle<Sink>, count: usize) -> Outcome {
    for _ in 0..count {
        while me.state().inbox.is_empty() {
            me.wait()?;
        }
        me.change(|s| {
            *s.sum += s.inbox.pop().unwrap_or_default();
            if s.sum.is_multiple_of(3) {
                let _ = s.acks.push(*s.sum);
            }
        })?;
    }
    Ok(())
}

fn tell(me: &Handle<Sink>, what: &str) {
    for lost in me.discarded() {
        say!("{what} {} {}..{}", lost.field, lost.positions.start, lost.positions.end);
    }
    say!("{what} sum={} next={}", me.state().sum, me.state().inbox.next_position());
}

fn crash() {
    // SAFETY: none; the kernel ends the process here.
    unsafe { libc::memset(core::hint::black_box(core::ptr::null_mut()), 1, 4) };
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        match me.recovered() {
            Recovered::First => {
                take(me, 2)?;
                me.checkpoint("good")?;
                take(me, 3)?;
                // Nothing is made of it that could be undone.
                me.change(|s| s.inbox.pop())?;
                tell(me, "first");
                crash();
            }
            Recovered::Resumed => say!("resumed"),
            Recovered::RolledBack { commits } => {
                say!("commits={commits}");
                tell(me, "ladder");
                take(me, 2)?;
                say!("undone={}", me.rollback(1));
                tell(me, "own");
                crash();
            }
            Recovered::Reset => {
                tell(me, "reset");
                me.shutdown(0);
            }
        }
        me.wait_for_stop()
    }
}

root! {
    mem = "1MiB";
    daemons: [Source, Sink];
    rings: [Source.out -> Sink.inbox, Sink.acks -> Source.acks];
}

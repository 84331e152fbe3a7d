//! Three daemons in a line: a source pushes messages, a worker makes others of them in transactions, a sink holds each
//! against the model in `perennial_tests::line`. Told `finish` on standard input, the source pushes the end, and the
//! tree ends once that has arrived; what the sink says then is final.

use perennial::prelude::*;
use perennial_tests::line::{BATCH, END, LOAD, Made, RING, Raw, content, link, made, size};
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(
    mem = "512KiB",
    record = "16KiB",
    max_restarts = 1_000_000,
    within = "5ms",
    backoff = "1ms",
    max_backoff = "2ms"
)]
struct Source {
    out: Producer<Raw, RING>,
    next: u64,
    over: bool,
}

#[daemon(
    mem = "512KiB",
    record = "32KiB",
    max_restarts = 1_000_000,
    within = "5ms",
    backoff = "1ms",
    max_backoff = "2ms"
)]
struct Worker {
    inbox: Consumer<Raw, RING>,
    out: Producer<Made, RING>,
    count: u64,
    chain: u64,
    /// Loads that were prepared, in updates between the transactions.
    rounds: u64,
}

/// The position of its inbox, the first field, is how far the line has come: `tests/exactly_once_line.rs` reads it.
#[daemon(
    mem = "256KiB",
    record = "16KiB",
    max_restarts = 1_000_000,
    within = "5ms",
    backoff = "1ms",
    max_backoff = "2ms"
)]
struct Sink {
    inbox: Consumer<Made, RING>,
    count: u64,
    chain: u64,
    /// Messages that came where a later one was expected.
    twice: u64,
    /// Messages that came where an earlier one was expected.
    early: u64,
    /// Messages with another content than the model's.
    spoilt: u64,
    /// Messages whose chain is another than the model's.
    unlinked: u64,
    /// What the end said: messages that the source has pushed, and that the worker has made.
    pushed: u64,
    worked: u64,
    over: bool,
}

#[message]
#[derive(Debug)]
enum Later {
    Empty,
    Full,
}

impl Worker {
    /// Makes and passes on up to `most` messages.
    #[transaction(timeout = "30s", retries = 3)]
    fn carry(
        inbox: &mut Consumer<Raw, RING>,
        out: &mut Producer<Made, RING>,
        count: &mut u64,
        chain: &mut u64,
        most: u64,
    ) -> Result<(), Later> {
        let load = (most as usize).min(inbox.len());
        if load == 0 {
            return Err(Later::Empty);
        }
        for done in 0..load {
            if out.room() == 0 {
                return if done == 0 { Err(Later::Full) } else { Ok(()) };
            }
            let Some(raw) = inbox.pop() else { return Err(Later::Empty) };
            let mut passed = Made { number: raw.number, content: raw.content, chain: *chain };
            if raw.number == END {
                passed.content[1] = *count;
            } else {
                passed.content = made(raw.number, raw.content);
                passed.chain = link(*chain, raw.number, passed.content);
                *chain = passed.chain;
                *count += 1;
            }
            out.push(passed).map_err(|_| Later::Full)?;
        }
        Ok(())
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=source");
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        let mut finishing = false;
        let mut batch = [Raw { number: 0, content: [0; 4] }; BATCH];
        while !*me.state().over {
            let woken = me.wait_for(&Wait::new().room())?;
            if !woken.is_running() {
                break;
            }
            // A source whose predecessor died with the command in its hand sees the end of the input.
            if woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish") {
                finishing = true;
                me.unwatch(stdin);
            }
            if !woken.has_room() {
                continue;
            }
            let first = *me.state().next;
            if finishing {
                let end = Raw { number: END, content: [first, 0, 0, 0] };
                me.change(|s| *s.over = s.out.push(end).is_ok())?;
                continue;
            }
            let batch = &mut batch[..size(first, BATCH)];
            for (raw, number) in batch.iter_mut().zip(first..) {
                *raw = Raw { number, content: content(number) };
            }
            me.change(|s| {
                let pushed = batch.iter().take_while(|raw| s.out.push(**raw).is_ok()).count();
                *s.next += pushed as u64;
            })?;
        }
        me.unwatch(stdin);
        me.wait_for_stop()
    }
}

impl Daemon for Worker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=worker");
        while me.wait()?.is_running() {
            me.change(|s| *s.rounds += 1)?;
            let most = size(*me.state().rounds, LOAD) as u64;
            if let Err(Failure::Task(Later::Full)) = Self::carry(me, most) {
                me.wait_for(&Wait::new().room())?;
            }
        }
        Ok(())
    }
}

impl SinkMut<'_> {
    /// Holds a message against the model of the one that is expected; says whether it is that one.
    fn take(&mut self, message: Made, model: Made) -> bool {
        if message.number == END {
            [*self.pushed, *self.worked, ..] = message.content;
            *self.over = true;
            return true;
        }
        *self.twice += u64::from(message.number < model.number);
        *self.early += u64::from(message.number > model.number);
        *self.spoilt += u64::from(message.content != model.content);
        *self.unlinked += u64::from(message.chain != model.chain);
        *self.count += 1;
        *self.chain = model.chain;
        message == model
    }
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=sink");
        let mut models = [Made { number: 0, content: [0; 4], chain: 0 }; BATCH];
        while !*me.state().over && me.wait()?.is_running() {
            let (first, mut chain) = (*me.state().count, *me.state().chain);
            let models = &mut models[..size(first, BATCH).min(me.state().inbox.len())];
            for (model, number) in models.iter_mut().zip(first..) {
                let content = made(number, content(number));
                chain = link(chain, number, content);
                *model = Made { number, content, chain };
            }
            let wrong = me.change(|mut s| {
                let mut wrong = None;
                for model in models {
                    let Some(message) = s.inbox.pop() else { break };
                    if !s.take(message, *model) {
                        wrong = wrong.or(Some((message, *model)));
                    }
                }
                wrong
            })?;
            if let Some((message, model)) = wrong {
                say!("wrong: {message:x?} where there should be {model:x?}");
            }
        }
        let s = me.state();
        if *s.over {
            say!(
                "final count={} pushed={} worked={} twice={} early={} spoilt={} unlinked={} letters={} chain={:016x}",
                s.count,
                s.pushed,
                s.worked,
                s.twice,
                s.early,
                s.spoilt,
                s.unlinked,
                s.inbox.dead_letters().count(),
                s.chain
            );
            me.shutdown(0);
        }
        me.wait_for_stop()
    }
}

root! {
    mem = "2MiB";
    daemons: [Source, Worker, Sink];
    rings: [
        Source.out -> Worker.inbox (attempts = 4_000_000_000),
        Worker.out -> Sink.inbox (attempts = 4_000_000_000),
    ];
}

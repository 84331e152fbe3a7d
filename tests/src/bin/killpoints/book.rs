//! A daemon that changes a plain field, another of many bytes, three places of an array and a queue in one commit.

use perennial::prelude::*;
use perennial_tests::killpoints::{Case, WORDS, book, marks};

#[plain]
#[derive(Debug)]
struct Entry {
    page: u64,
    lines: [u64; 4],
}

// Its index comes first: the test looks at its region.
#[daemon(
    mem = "256KiB",
    record = "4KiB",
    max_restarts = 4_000_000_000,
    within = "1s",
    backoff = "0ms",
    max_backoff = "0ms"
)]
pub struct Book {
    count: u64,
    entry: Entry,
    row: Array<u64, { book::ROW }>,
    line: Queue<u64, { book::LINE }>,
}

impl Book {
    fn turn(me: &mut Handle<Self>) -> Result<(), Failure<core::convert::Infallible>> {
        me.change(|s| {
            let count = *s.count + 1;
            *s.count = count;
            s.entry.page = book::page(count);
            s.entry.lines = book::lines(count);
            for (index, value) in book::places(count) {
                let _ = s.row.set(index, value);
            }
            if s.line.is_full() {
                s.line.pop_front();
            }
            let _ = s.line.push_back(count);
        })
    }

    /// What the test is to compare with its own model.
    fn words(me: &Handle<Self>, lost: bool) -> marks::Words {
        let s = me.state();
        let mut words = [0; WORDS];
        words[0] = *s.count;
        words[1] = u64::from(lost);
        words[2] = s.entry.page;
        words[3..7].copy_from_slice(&s.entry.lines);
        for (word, value) in words[7..].iter_mut().zip(s.row.iter().chain(s.line.iter())) {
            *word = *value;
        }
        words
    }
}

impl Daemon for Book {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if !super::takes_part(me, Case::Book) {
            return me.wait_for_stop();
        }
        // The history is full then, and the queue.
        while *me.state().count < book::FIRST {
            Self::turn(me)?;
        }
        let mut lost = me.recovered() != Recovered::Resumed && me.generation() > 1;
        loop {
            let mut words = Self::words(me, core::mem::take(&mut lost));
            if marks::seen(&mut words) == marks::UNDO {
                me.rollback(1);
                continue;
            }
            marks::from();
            Self::turn(me)?;
            marks::to();
        }
    }
}

//! A daemon that has a transaction take effect once under each request id.

use perennial::prelude::*;
use perennial_tests::killpoints::{Case, WORDS, marks, teller};

#[daemon(
    mem = "256KiB",
    record = "4KiB",
    max_restarts = 4_000_000_000,
    within = "1s",
    backoff = "0ms",
    max_backoff = "0ms"
)]
pub struct Teller {
    paid: u64,
    total: u64,
    row: Array<u64, { teller::ROW }>,
}

impl Teller {
    /// The answer depends on how often it ran: a second run would answer something else.
    #[transaction(timeout = "1m", retries = 1)]
    fn pay(
        #[request] id: u64,
        paid: &mut u64,
        total: &mut u64,
        row: &mut Array<u64, { teller::ROW }>,
        amount: u64,
    ) -> Result<u64, ()> {
        *paid += 1;
        *total += amount;
        for index in teller::PLACES {
            row.update(index, |times| *times += 1).map_err(drop)?;
        }
        marks::from();
        Ok(teller::answer(*paid, *total))
    }
}

impl Daemon for Teller {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if !super::takes_part(me, Case::Teller) {
            return me.wait_for_stop();
        }
        let mut answer = 0;
        loop {
            let s = me.state();
            let mut words = [0; WORDS];
            words[..3].copy_from_slice(&[*s.paid, *s.total, answer]);
            for (word, value) in words[3..].iter_mut().zip(s.row.iter()) {
                *word = *value;
            }
            let id = marks::seen(&mut words);
            answer = Self::pay(me, id, teller::amount(id)).unwrap_or(teller::REFUSED);
            marks::to();
        }
    }
}

//! A daemon that asks a transaction under request ids, each again and again until it has an answer, and then
//! once more.

use perennial::prelude::*;
use perennial_tests::say;

const COUNT: u64 = 12;

#[daemon(mem = "256KiB", max_restarts = 100, backoff = "1ms")]
struct Teller {
    /// Requests answered.
    answered: u64,
    /// The answers, one folded into the other.
    answers: u64,
    /// Times that the transaction took effect, in all and by request.
    runs: u64,
    by: Array<u64, 16>,
    total: u64,
}

impl Teller {
    /// The answer depends on how often it ran: a second run would answer something else.
    #[transaction(timeout = "10s")]
    fn pay(
        #[request] id: u64,
        runs: &mut u64,
        by: &mut Array<u64, 16>,
        total: &mut u64,
        amount: u64,
    ) -> Result<Option<u64>, ()> {
        *runs += 1;
        *total += amount;
        by.update(id, |times| *times += 1).map_err(|_| ())?;
        Ok(Some(*total * 1000 + *runs))
    }
}

impl Daemon for Teller {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().answered < COUNT {
            let id = *me.state().answered;
            let Ok(first) = Self::pay(me, id, id + 1) else {
                say!("refused id={id} generation={}", me.generation());
                // What is armed in this incarnation's transactions must not be in the next.
                std::process::abort();
            };
            // The caller that did not hear the answer asks again, with the same id.
            let sequence = me.sequence();
            let again = Self::pay(me, id, id + 1);
            say!("id={id} same={} commits={}", again == Ok(first), me.sequence() - sequence);
            me.change(|s| {
                *s.answered += 1;
                *s.answers = *s.answers * 3 + first.unwrap_or(0);
            })?;
        }
        let s = me.state();
        let most = s.by.iter().max().copied().unwrap_or(0);
        say!(
            "final answers={} runs={} most={most} total={} generation={}",
            s.answers,
            s.runs,
            s.total,
            me.generation()
        );
        me.shutdown(0);
        while me.wait()?.is_running() {}
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Teller];
}

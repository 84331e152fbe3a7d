//! One daemon that changes all its collections in each step, by turns in a transaction and by itself. Told `finish` on
//! standard input, it says what they hold, and the tree ends.

use perennial::prelude::*;
use perennial_tests::collecting::{BITS, ENOUGH, OWNERS, ROOM, Step, digest};
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "2MiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Keeper {
    steps: u64,
    vector: Vector<u64, ROOM>,
    queue: Queue<u64, ROOM>,
    pool: Pool<u64, ROOM>,
    bits: Bitmap<BITS, { bitmap_words(BITS) }>,
    times: Histogram<976>,
}

impl Keeper {
    #[transaction(timeout = "10s", retries = 3)]
    fn step(
        steps: &mut u64,
        vector: &mut Vector<u64, ROOM>,
        queue: &mut Queue<u64, ROOM>,
        pool: &mut Pool<u64, ROOM>,
        bits: &mut Bitmap<BITS, { bitmap_words(BITS) }>,
        times: &mut Histogram<976>,
    ) -> Result<(), ()> {
        let step = Step::number(*steps);
        // That there is no room, or nothing to take, is part of the game; the model says the same.
        match step.remove {
            Some(index) => drop(vector.swap_remove(index)),
            None => drop(vector.push(step.value)),
        }
        if step.pop {
            queue.pop_front();
        } else {
            let _ = queue.push_back(step.value);
        }
        if step.release {
            pool.release_owned_by(step.owner).map_err(|_| ())?;
        } else {
            let _ = pool.insert_for(step.owner, step.value);
        }
        bits.toggle(step.bit).map_err(|_| ())?;
        times.record(step.value).map_err(|_| ())?;
        *steps += 1;
        Ok(())
    }
}

impl Daemon for Keeper {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=keeper pid={}", std::process::id());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        let mut said = false;
        loop {
            if !said && *me.state().steps >= ENOUGH {
                say!("enough steps={}", me.state().steps);
                said = true;
            }
            let woken = me.wait_for(&Wait::new().timeout(Duration::from_micros(50)))?;
            // A keeper whose predecessor died with the command in its hand sees the end of the input.
            let told = woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish");
            if told || !woken.is_running() {
                break;
            }
            // A transaction that was killed as often as it may be has changed nothing: the step is still to come.
            let _ = Self::step(me);
            me.change(|s| Self::step_inline(s.steps, s.vector, s.queue, s.pool, s.bits, s.times))?
                .expect("a step fits the record");
        }
        me.unwatch(stdin);
        let s = me.state();
        let sum = s.times.sum();
        let owned = |owner| s.pool.owned_by(owner).map(|(_, value)| *value);
        say!(
            "keeper steps={} vector={} queue={} pool={} bits={} times={}",
            s.steps,
            digest(s.vector.iter().copied()),
            digest(s.queue.iter().copied()),
            digest((1..=OWNERS).flat_map(owned)),
            digest(s.bits.iter_ones().map(|bit| bit as u64)),
            digest([s.times.count(), sum as u64, (sum >> 64) as u64].into_iter())
        );
        me.shutdown(0);
        me.wait_for_stop()
    }
}

root! {
    mem = "4MiB";
    daemons: [Keeper];
}

//! One daemon that changes two maps and a buffer in each step, by turns in a transaction and by itself; before each
//! commit both maps are compared. Told `finish` on standard input, it says what they hold, and the tree ends.

use perennial::prelude::*;
use perennial_tests::collecting::digest;
use perennial_tests::shelving::{BYTES, ENOUGH, ROOM, Step};
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "2MiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms", validate = Keeper::check)]
struct Keeper {
    steps: u64,
    map: Map<u32, u64, ROOM>,
    ordered: OrderedMap<u32, u64, ROOM>,
    bytes: Buffer<BYTES>,
    sum: u64,
}

impl Keeper {
    /// What the bytes of the buffer sum up to, and that both maps hold the same.
    fn check(s: &KeeperRef<'_>) -> Result<(), Error> {
        let same = s.ordered.iter().all(|(key, value)| s.map.get(key) == Some(value));
        if !same || s.map.len() != s.ordered.len() {
            return Err(Error::new("the maps differ"));
        }
        if s.bytes.iter().map(u64::from).sum::<u64>() == *s.sum {
            Ok(())
        } else {
            Err(Error::new("the sum differs"))
        }
    }

    #[transaction(timeout = "10s", retries = 3)]
    fn step(
        steps: &mut u64,
        map: &mut Map<u32, u64, ROOM>,
        ordered: &mut OrderedMap<u32, u64, ROOM>,
        bytes: &mut Buffer<BYTES>,
        sum: &mut u64,
    ) -> Result<(), ()> {
        let step = Step::number(*steps);
        // That there is no room, or nothing to take, is part of the game; the model says the same.
        if step.remove {
            map.remove(&step.key);
            ordered.remove(&step.key);
        } else {
            let _ = map.insert(step.key, step.value);
            let _ = ordered.insert(step.key, step.value);
        }
        let (end, byte) = (step.at + step.len, step.value as u8);
        if step.at > bytes.len() {
            bytes.extend_from_slice(&[byte]).map_err(|_| ())?;
        } else if let Some(left_out) = step.left_out {
            let fill = |room: &mut [u8]| {
                room.fill(byte);
                room.len() - left_out
            };
            bytes.fill(step.at..end, fill).map_err(|_| ())?;
        } else {
            bytes.write(step.at, &[byte; 900][..step.len]).map_err(|_| ())?;
        }
        *sum = bytes.iter().map(u64::from).sum();
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
            if let Err(Failure::Invalid(_)) = Self::step(me) {
                say!("invalid");
            }
            me.change(|s| Self::step_inline(s.steps, s.map, s.ordered, s.bytes, s.sum))?
                .expect("a step fits the record");
        }
        me.unwatch(stdin);
        let s = me.state();
        say!(
            "keeper steps={} pairs={} bytes={}",
            s.steps,
            digest(s.ordered.iter().flat_map(|(key, value)| [u64::from(*key), *value])),
            digest(s.bytes.iter().map(u64::from))
        );
        me.shutdown(0);
        me.wait_for_stop()
    }
}

root! {
    mem = "4MiB";
    daemons: [Keeper];
}

//! A daemon and its transactions take stamps and make identifiers in turn, and restart in between.

use perennial::id::Uuid;
use perennial::prelude::*;
use perennial::time::Timestamp;
use perennial_tests::say;

/// Flights of one incarnation.
const FLIGHTS: usize = 50;

#[daemon(mem = "512KiB", heap = "128KiB", max_restarts = 1000, backoff = "1ms")]
struct Clock {
    last: Timestamp,
    ids: Array<Uuid, 400>,
    count: u64,
    early: u64,
}

impl Clock {
    #[transaction]
    fn stamp(
        last: &mut Timestamp,
        ids: &mut Array<Uuid, 400>,
        count: &mut u64,
        early: &mut u64,
        from: Timestamp,
        id: Uuid,
    ) -> Result<Timestamp, ()> {
        let now = Timestamp::now();
        *early += u64::from(now < from) + u64::from(from < *last);
        for id in [id, Uuid::new().map_err(|_| ())?] {
            ids.set(*count, id).map_err(|_| ())?;
            *count += 1;
        }
        *last = now;
        Ok(now)
    }
}

impl Daemon for Clock {
    fn run(me: &mut Handle<Self>) -> Outcome {
        for _ in 0..FLIGHTS {
            let id = Uuid::random().map_err(Error::new)?;
            let before = Timestamp::now();
            let within = Self::stamp(me, before, id).map_err(|_| Error::new("no stamp"))?;
            let after = Timestamp::now();
            if before > within || within > after {
                me.change(|s| *s.early += 1)?;
            }
        }
        if me.generation() < 3 {
            // SAFETY: takes numbers.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        let state = me.state();
        let ids: std::collections::BTreeSet<String> =
            state.ids.iter().take(*state.count as usize).map(ToString::to_string).collect();
        let counter = Timestamp::is_counter();
        say!("stamps count={} different={} early={} counter={counter}", state.count, ids.len(), state.early);
        me.shutdown(0);
        me.wait_for_stop()?;
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Clock];
}

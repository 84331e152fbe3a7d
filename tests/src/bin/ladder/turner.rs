//! Turns back, to a state that its check has changed its mind about.

use super::{crash, rest, rise, scenario};
use core::sync::atomic::{AtomicU32, Ordering};
use perennial::prelude::*;
use perennial_tests::say;

/// From now on the check is strict.
static STRICT: AtomicU32 = AtomicU32::new(0);

#[daemon(
    mem = "512KiB", max_restarts = 100, within = "10m", backoff = "0s", max_backoff = "0s", resumes = 100,
    validate = Turner::check
)]
pub struct Turner {
    steps: u64,
    /// Who has taken the first.
    pid: u64,
}

impl Turner {
    fn check(state: &TurnerRef<'_>) -> Result<(), &'static str> {
        let strict = STRICT.load(Ordering::Relaxed) != 0;
        let reborn = *state.pid != 0 && *state.pid != u64::from(std::process::id());
        match (scenario("Turner"), *state.steps) {
            (Some("older"), 3 | 4) if strict => Err("not these"),
            (Some("nothing"), _) if strict => Err("none at all"),
            (Some("panics"), 4) if strict => panic!("not this one"),
            (Some("crashes"), 4) if strict || reborn => {
                crash();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Daemon for Turner {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(_) = scenario("Turner") else { return rest(me) };
        rise(me, format_args!("steps={}", me.state().steps));
        if me.generation() == 1 {
            for step in 1..=6 {
                me.change(|s| (*s.steps, *s.pid) = (step, std::process::id().into()))?;
                if step == 4 {
                    me.checkpoint("here")?;
                }
            }
            STRICT.store(1, Ordering::Relaxed);
            let undone = me.roll_back_to("here")?;
            STRICT.store(0, Ordering::Relaxed);
            say!("undone={undone} steps={} recovered={:?}", me.state().steps, me.recovered());
            me.change(|s| *s.steps += 10)?;
            say!("went on steps={} sequence={}", me.state().steps, me.sequence());
            // Whatever was done, a successor resumes it.
            super::die();
        }
        me.shutdown(0);
        rest(me)
    }
}

//! Hangs in its own function about a death.

use super::{crash, rest, rise, scenario};
use perennial::prelude::*;
use perennial_tests::say;

#[daemon(
    mem = "512KiB", max_restarts = 100, within = "10m", backoff = "0s", max_backoff = "0s", start_timeout = "400ms",
    restart = decide, resumes = 0, rollbacks = 9
)]
pub struct Hanger {
    steps: u64,
}

impl Hanger {
    fn decide(incident: &Incident<'_, Self>) -> Decision {
        say!("asked deaths={}", incident.deaths);
        loop {
            core::hint::spin_loop();
        }
    }
}

impl Daemon for Hanger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.ready();
        let Some(_) = scenario("Hanger") else { return rest(me) };
        rise(me, format_args!("steps={}", me.state().steps));
        if me.generation() == 1 {
            me.change(|s| *s.steps = 1)?;
            me.change(|s| *s.steps = 2)?;
            crash();
        }
        me.shutdown(0);
        rest(me)
    }
}

//! Daemons whose state is reset, each for another reason; what they are asked about says which state it was.

use super::{crash, die, rest, rise, scenario, wild};
use core::mem::offset_of;
use perennial::layout::RegionHeader;
use perennial::prelude::*;
use perennial_tests::say;

/// Commits three steps.
fn climb<S: Daemon>(me: &mut Handle<S>, step: impl Fn(S::Mut<'_>)) {
    for _ in 0..3 {
        me.change(&step).expect("it fits");
    }
}

#[daemon(
    mem = "512KiB", max_restarts = 100, within = "10m", backoff = "0s", max_backoff = "0s",
    restart = decide, resumes = 0, rollbacks = 0, validate = Zeroed::check
)]
pub struct Zeroed {
    steps: u64,
    twin: u64,
}

impl Zeroed {
    fn decide(incident: &Incident<'_, Self>) -> Decision {
        let steps = incident.state.as_ref().map_or(99, |state| *state.steps);
        say!("asked steps={steps} cause={}", perennial::report::brief(incident.cause));
        match scenario("Zeroed") {
            Some("decided") => Decision::Reset,
            Some("undecided") => panic!("as it is told to"),
            _ => Decision::Resume,
        }
    }

    fn check(state: &ZeroedRef<'_>) -> Result<(), &'static str> {
        say!("checked steps={}", state.steps);
        if state.steps == state.twin { Ok(()) } else { Err("unlike") }
    }
}

impl Daemon for Zeroed {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(scenario) = scenario("Zeroed") else { return rest(me) };
        rise(me, format_args!("steps={}", me.state().steps));
        if me.generation() == 1 {
            climb(me, |s| (*s.steps, *s.twin) = (*s.steps + 1, *s.twin + 1));
            match scenario {
                "unsound" => {
                    // Nothing that could be undone makes up for it.
                    me.rollback(usize::MAX);
                    wild::store(me.name(), 0, &99_u64.to_le_bytes());
                }
                "damaged" => {
                    let published = me.sequence() + 1;
                    wild::store_in_header(offset_of!(RegionHeader, published), &published.to_le_bytes());
                }
                _ => {}
            }
            crash();
        }
        me.shutdown(0);
        rest(me)
    }
}

/// Root orders its reset after the fourth death.
#[daemon(
    mem = "512KiB", max_restarts = 3, within = "10m", backoff = "0s", max_backoff = "0s", escalation = reset,
    validate = Ordered::check
)]
pub struct Ordered {
    steps: u64,
}

impl Ordered {
    fn check(state: &OrderedRef<'_>) -> Result<(), &'static str> {
        say!("checked steps={}", state.steps);
        if *state.steps < 100 { Ok(()) } else { Err("too many") }
    }
}

impl Daemon for Ordered {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(_) = scenario("Ordered") else { return rest(me) };
        rise(me, format_args!("steps={}", me.state().steps));
        if me.generation() < 5 {
            climb(me, |s| *s.steps += 1);
            die();
        }
        me.shutdown(0);
        rest(me)
    }
}

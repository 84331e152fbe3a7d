//! Asks its own function about each death.

use super::{crash, rest, rise, scenario, wild};
use perennial::prelude::*;
use perennial_tests::say;

#[daemon(
    mem = "512KiB", max_restarts = 100, within = "10m", backoff = "0s", max_backoff = "0s",
    restart = decide, resumes = 1, rollbacks = 1
)]
pub struct Decider {
    flag: bool,
    steps: u64,
}

impl Decider {
    fn decide(incident: &Incident<'_, Self>) -> Decision {
        let (steps, bytes) = match &incident.state {
            Ok(state) => (*state.steps, 0),
            Err(damaged) => (u64::from(damaged.image[0]), damaged.image.len()),
        };
        let field = incident.state.as_ref().err().and_then(|damaged| damaged.field).unwrap_or("none");
        say!(
            "decide deaths={} rung={:?} undoable={} steps={steps} bytes={bytes} field={field} cause={} activity={:?}",
            incident.deaths,
            incident.rung,
            incident.undoable,
            perennial::report::brief(incident.cause),
            incident.activity,
        );
        match scenario("Decider") {
            Some("two") => Decision::RollBack(2),
            Some("named") => Decision::RollBackTo("here"),
            Some("nameless") => Decision::RollBackTo("nowhere"),
            Some("reset") => Decision::Reset,
            Some("stop") => Decision::Stop(9),
            Some("panics") => panic!("undecided"),
            Some("crashes") => {
                crash();
                Decision::Reset
            }
            _ => Decision::Resume,
        }
    }
}

impl Daemon for Decider {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(scenario) = scenario("Decider") else { return rest(me) };
        rise(me, format_args!("steps={} flag={}", me.state().steps, me.state().flag));
        if me.generation() == 1 {
            for step in 1..=5 {
                me.change(|s| *s.steps += 1)?;
                if step == 2 {
                    me.checkpoint("here")?;
                }
                if step == 4 {
                    me.change(|s| *s.flag = true)?;
                }
            }
            match scenario {
                "killed" => super::die(),
                "fails" => return Err(Error::new("no more")),
                "damaged" => wild::store(me.name(), 0, &[7]),
                _ => {}
            }
            crash();
        }
        // The ladder's next rung, where nobody decides.
        if matches!(scenario, "panics" | "crashes") && me.recovered() == Recovered::Resumed {
            crash();
        }
        me.shutdown(0);
        rest(me)
    }
}

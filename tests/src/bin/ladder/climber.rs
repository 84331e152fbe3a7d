//! Crashes until the ladder has taken it back to where it can live.

use super::{crash, die, rest, rise, scenario};
use perennial::prelude::*;
use perennial_tests::say;

#[daemon(
    mem = "256KiB",
    max_restarts = 100,
    within = "10m",
    backoff = "0s",
    max_backoff = "0s",
    resumes = 2,
    rollbacks = 2
)]
pub struct Climber {
    steps: u64,
    /// The value that it cannot live with.
    poisoned: bool,
}

/// Commits `count` steps.
fn steps(me: &mut Handle<Climber>, count: u64) {
    for _ in 0..count {
        me.change(|s| *s.steps += 1).expect("it fits");
    }
}

fn poison(me: &mut Handle<Climber>) {
    me.change(|s| *s.poisoned = true).expect("it fits");
}

impl Climber {
    fn begin(me: &mut Handle<Self>, scenario: &str) {
        match scenario {
            "named" => {
                steps(me, 2);
                me.checkpoint("old").expect("short");
                steps(me, 2);
                me.checkpoint("good").expect("short");
                steps(me, 3);
                poison(me);
                me.checkpoint("bad").expect("short");
                for kept in me.checkpoints() {
                    say!("checkpoint name={} sequence={} commits={}", kept.name, kept.sequence, kept.commits);
                }
            }
            // The rollback by one commit is not enough.
            "unnamed" => {
                steps(me, 2);
                poison(me);
                steps(me, 1);
            }
            _ => steps(me, 3),
        }
    }
}

impl Daemon for Climber {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(scenario) = scenario("Climber") else { return rest(me) };
        let s = me.state();
        rise(me, format_args!("steps={} poisoned={} sequence={}", s.steps, s.poisoned, me.sequence()));
        if me.generation() == 1 {
            Self::begin(me, scenario);
        }
        let poisoned = *me.state().poisoned;
        match scenario {
            "named" | "unnamed" if poisoned => crash(),
            "panicking" if me.recovered() != Recovered::Reset => panic!("as it is told to"),
            // Whatever the state is, until nothing is left to blame.
            "hopeless" if me.generation() < 7 => crash(),
            "killed" if me.generation() < 8 => die(),
            "failing" if me.generation() < 8 => match me.generation() % 3 {
                0 => return Err(Error::new("not this time")),
                1 => std::process::exit(3),
                _ => return Ok(()),
            },
            _ => {}
        }
        me.shutdown(0);
        rest(me)
    }
}

#[daemon(mem = "256KiB", backoff = "0s", max_backoff = "0s", resumes = 0, rollbacks = 1, watchdog = "500ms")]
pub struct Sleeper {
    steps: u64,
}

impl Daemon for Sleeper {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(_) = scenario("Sleeper") else { return rest(me) };
        rise(me, format_args!("steps={}", me.state().steps));
        if me.generation() == 1 {
            me.change(|s| *s.steps = 1)?;
            me.change(|s| *s.steps = 2)?;
            // Signs of life keep the watchdog away, and so does a wait, however long.
            let began = std::time::Instant::now();
            while began.elapsed() < Duration::from_millis(1200) {
                me.alive();
                std::thread::sleep(Duration::from_millis(20));
            }
            me.wait_for(&Wait::new().timeout(Duration::from_millis(1200)))?;
            say!("hanging");
            loop {
                core::hint::spin_loop();
            }
        }
        me.shutdown(0);
        rest(me)
    }
}

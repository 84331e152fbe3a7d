//! Three daemons that live, die and stop as the scenario on the command line says.

#![allow(
    clippy::result_large_err,
    reason = "failures carry their reports by value: there is no heap to box them in"
)]

use perennial::prelude::*;
use perennial_tests::say;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// Everybody waits to be stopped.
    Idle,
    /// The second one dies at once, whenever it is started.
    Doomed,
    /// The second one does not stop.
    Stubborn,
    /// The second one asks for the exit code 7.
    Seven,
    /// The second one returns an error once, the others end: nobody is left.
    Finite,
    /// The second one is in a transaction that does not end.
    Flying,
}

/// The set-up hook: reads the command line.
fn parse() -> Result<Scenario, Error> {
    let name = perennial::arguments().next().unwrap_or_default();
    Ok(match name.to_str() {
        Some("idle") => Scenario::Idle,
        Some("doomed") => Scenario::Doomed,
        Some("stubborn") => Scenario::Stubborn,
        Some("seven") => Scenario::Seven,
        Some("finite") => Scenario::Finite,
        Some("flying") => Scenario::Flying,
        _ => return Err(Error::new(format_args!("{} is no scenario", name.display()))),
    })
}

#[daemon(mem = "128KiB", kind = transient)]
struct First {
    starts: u64,
}

#[daemon(mem = "128KiB", kind = transient, max_restarts = 5, within = "1m", backoff = "20ms", stop_timeout = "1s")]
struct Second {
    starts: u64,
}

#[daemon(mem = "128KiB", kind = transient)]
struct Third {
    starts: u64,
}

impl Second {
    #[transaction]
    fn linger(starts: &mut u64) -> Result<(), ()> {
        *starts += 1000;
        say!("flight pid={}", std::process::id());
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }
}

fn rest<S: Daemon>(me: &mut Handle<S>) -> Outcome {
    if me.setup::<Scenario>() != Some(&Scenario::Finite) {
        while me.wait()?.is_running() {}
    }
    say!("down name={}", me.name());
    Ok(())
}

fn rise<S: Daemon>(me: &Handle<S>) {
    say!("up name={} pid={} generation={}", me.name(), std::process::id(), me.generation());
}

impl Daemon for First {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        rise(me);
        rest(me)
    }
}

impl Daemon for Second {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        rise(me);
        match me.setup::<Scenario>() {
            Some(Scenario::Doomed) => std::process::abort(),
            Some(Scenario::Stubborn) => loop {
                // SAFETY: no arguments.
                unsafe { libc::pause() };
            },
            Some(Scenario::Seven) => me.shutdown(7),
            Some(Scenario::Finite) if me.generation() == 1 => return Err(Error::new("not yet")),
            Some(Scenario::Flying) => {
                let _ = Self::linger(me);
            }
            _ => {}
        }
        rest(me)
    }
}

impl Daemon for Third {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        rise(me);
        rest(me)
    }
}

root! {
    mem = "1MiB";
    name = "watched";
    setup = parse;
    daemons: [First, Second, Third];
}

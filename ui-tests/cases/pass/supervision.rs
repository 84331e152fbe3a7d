//! Every option of supervision, with the user's functions, as a tree.
use perennial::prelude::*;

mod policy {
    use super::{LedgerRef, Quiet};
    use perennial::prelude::*;

    /// Not the daemon's own function: any path will do.
    pub(crate) fn check(state: &LedgerRef<'_>) -> Result<(), &'static str> {
        if *state.total > 1_000 { Err("more than there is") } else { Ok(()) }
    }

    impl Quiet {
        pub(super) fn decide(incident: &Incident<'_, Self>) -> Decision {
            match &incident.state {
                Ok(state) if *state.seen == 0 => Decision::Reset,
                Ok(_) => Decision::RollBack(2),
                Err(_) => Decision::RollBackTo("start"),
            }
        }
    }
}

#[daemon(
    mem = "1MiB",
    restart = resume,
    resumes = 4,
    rollbacks = 0,
    validate = policy::check,
    kind = transient,
    max_restarts = 0,
    within = "1m",
    escalation = stop(17),
    backoff = "1s",
    max_backoff = "1m",
    healthy_after = "30s",
    watchdog = "2s",
    start_timeout = "10s",
    stop_timeout = "0s",
)]
struct Ledger {
    total: u64,
    orders: Array<u32, 4>,
}

#[daemon(mem = "1MiB", restart = decide, resumes = 1, rollbacks = 1, escalation = reset, validate = Self::check)]
struct Quiet {
    seen: u64,
}

impl Quiet {
    fn check(state: &QuietRef<'_>) -> Result<(), impl core::fmt::Display> {
        if *state.seen == 7 { Err(state.seen) } else { Ok(()) }
    }
}

#[daemon(mem = "1MiB", escalation = abandon, restart = reset, backoff = "0s", max_backoff = "0s")]
struct Clock;

#[daemon(mem = "1MiB", escalation = stop, restart = decide, validate = Bare::check)]
struct Bare {
    #[cfg(feature = "off")]
    absent: NoSuchType,
}

impl Bare {
    fn check(_: &BareRef<'_>) -> Result<(), Error> {
        Ok(())
    }
    fn decide(_: &Incident<'_, Bare>) -> Decision {
        Decision::Stop(3)
    }
}

macro_rules! idle {
    ($($name:ident)*) => { $(
        impl Daemon for $name {
            fn run(me: &mut Handle<Self>) -> Outcome {
                me.wait_for_stop()
            }
        }
    )* };
}
idle!(Ledger Quiet Clock Bare);

/// The tree need only compile: it ends before it starts.
fn end() -> Result<(), std::io::Error> {
    use perennial::state::{Escalation, Restart, State};
    let given = Ledger::OPTIONS;
    assert_eq!((given.resumes, given.rollbacks, given.max_restarts), (4, 0, 0));
    assert_eq!(given.escalation, Escalation::Stop(17));
    let [backoff, most] = [given.backoff, given.max_backoff].map(|time| time.as_secs());
    assert_eq!((backoff, most), (1, 60));
    let limits = [given.healthy_after, given.watchdog, given.start_timeout];
    assert_eq!(limits.map(|limit| limit.map(|time| time.as_secs())), [Some(30), Some(2), Some(10)]);
    assert_eq!(Quiet::OPTIONS.restart, Restart::Decide);
    assert_eq!(
        [Quiet::OPTIONS.escalation, Clock::OPTIONS.escalation],
        [Escalation::Reset, Escalation::Abandon]
    );
    assert_eq!(Bare::OPTIONS.escalation, Escalation::Stop(80));
    assert_eq!([Ledger::VALIDATES, Clock::VALIDATES], [true, false]);
    std::process::exit(0)
}

root! {
    mem = "8MiB";
    setup = end;
    strategy = one_for_all;
    daemons: [
        Quiet (depends_on = [Ledger, Clock]),
        self::Ledger,
        Clock (depends_on = [self::Ledger,]),
        Bare (depends_on = []),
    ];
}

//! Named fault points: places where a test can make a process die, to prove that nothing is lost there.
//!
//! Without the feature `fault-points` [`point`] is empty. With it, the environment variable
//! `PERENNIAL_FAULT` arms points before the seal: `point:generation:nth[:action]`, separated by commas, where
//! `generation` is `*` for each, `nth` counts passes within one process, or is `~n` for one pass in `n` at random, and
//! `action` is `kill` (default), `abort` or `exit`. What is random follows from `PERENNIAL_FAULT_SEED`, the daemon, its
//! generation, the point and the passes before, so that the same incarnation dies at the same pass in each run.

/// Every place where a fault can be injected, in the order in which a commit passes them.
macro_rules! points {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A named fault point.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Point { $($(#[$doc])* $name,)* }

        impl Point {
            /// All points.
            pub const ALL: &'static [Point] = &[$(Point::$name,)*];

            /// The name by which it is armed.
            pub const fn name(self) -> &'static str {
                match self { $(Point::$name => $text,)* }
            }
        }
    };
}

points! {
    /// An `update` is about to run the user's closure.
    UpdateStarted = "update.started",
    /// The closure has returned; nothing is recorded yet.
    UpdateReturned = "update.returned",
    /// Record and undo entry are written, nothing is published.
    CommitRecorded = "commit.recorded",
    /// The record's header is written: the last step before the commit point.
    CommitSealed = "commit.sealed",
    /// The commit point has passed, nothing is applied.
    CommitPublished = "commit.published",
    /// The sequence lock is taken.
    ApplyLocked = "apply.locked",
    /// One range is applied.
    ApplyWritten = "apply.written",
    /// One ring position is applied.
    ApplyMoved = "apply.moved",
    /// Everything is applied, the lock is still taken.
    ApplyDone = "apply.done",
    /// The lock is released, nobody is woken yet.
    ApplyUnlocked = "apply.unlocked",
    /// Waiters are woken: the commit is over.
    CommitWoken = "commit.woken",
    /// A new incarnation begins recovery.
    RecoverStarted = "recover.started",
    /// The published record is replayed.
    RecoverReplayed = "recover.replayed",
    /// The user's check of the state is about to run: in an update, in a transaction, in its daemon, in recovery.
    ValidateCalled = "validate.called",
    /// A checkpoint's row is written, it does not count yet.
    CheckpointWritten = "checkpoint.written",
    /// A checkpoint counts; an older one of the same name is still there.
    CheckpointTaken = "checkpoint.taken",
    /// A death is counted, what is done about it is open.
    LadderClimbed = "ladder.climbed",
    /// A rollback is planned, not begun.
    LadderPlanned = "ladder.planned",
    /// A rollback of the ladder's is done, the program does not know of it.
    LadderRolledBack = "ladder.rolled_back",
    /// Recovery is over, the user's `run` is next.
    RecoverDone = "recover.done",
    /// A reset has announced itself.
    ResetStarted = "reset.started",
    /// A reset has cleared the fields.
    ResetCleared = "reset.cleared",
    /// A reset is done, nobody has noted that nothing is due any more.
    ResetDone = "reset.done",
    /// In the daemon: the transaction is about to be forked.
    FlightDispatched = "flight.dispatched",
    /// In the transaction: it has not yet registered its word.
    FlightBorn = "flight.born",
    /// In the transaction: registered, the task is next.
    FlightStarted = "flight.started",
    /// In the transaction: the task is done, the record not complete.
    FlightReturned = "flight.returned",
    /// In the transaction: record and result are complete, not announced.
    FlightRecorded = "flight.recorded",
    /// In the transaction: announced.
    FlightAnnounced = "flight.announced",
    /// In the daemon: it has taken the announced record over.
    FlightCommitting = "flight.committing",
    /// In the daemon: the record is copied out and verified.
    FlightVerified = "flight.verified",
    /// In the daemon: committed, the caller has not heard of it.
    FlightCommitted = "flight.committed",
    /// In the daemon: an attempt failed and is about to be counted.
    AttemptFailed = "attempt.failed",
}

#[cfg(feature = "fault-points")]
mod armed {
    use super::Point;
    use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

    /// Points that can be armed at a time.
    const SLOTS: usize = Point::ALL.len();
    /// In a slot's word: `nth` is a chance.
    const CHANCE: u64 = 1 << 15;
    /// `point + 1 | action << 8 | CHANCE | generation << 16 | nth << 32`; 0 for none. Generation 0 is each.
    static ARMED: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
    static PASSES: [AtomicU32; SLOTS] = [const { AtomicU32::new(0) }; SLOTS];
    static ANY: AtomicU32 = AtomicU32::new(0);
    static GENERATION: AtomicU32 = AtomicU32::new(0);
    /// What chance begins with: the seed, then the incarnation of it.
    static SEED: AtomicU64 = AtomicU64::new(0);
    static FATE: AtomicU64 = AtomicU64::new(0);
    /// Transactions that this incarnation has dispatched: each inherits the passes of its daemon, and is to have a
    /// fate of its own.
    static FLIGHTS: AtomicU32 = AtomicU32::new(0);

    /// Reads the environment; call before the seal.
    pub fn arm() {
        let Ok(spec) = std::env::var("PERENNIAL_FAULT") else { return };
        let seed = std::env::var("PERENNIAL_FAULT_SEED").ok().and_then(|seed| seed.parse().ok());
        SEED.store(seed.unwrap_or(0), Relaxed);
        for (slot, one) in ARMED.iter().zip(spec.split(',').filter(|one| !one.is_empty())) {
            let mut parts = one.split(':');
            let name = parts.next().unwrap_or_default();
            let Some(point) = Point::ALL.iter().find(|p| p.name() == name) else {
                log::error!("PERENNIAL_FAULT names no fault point: {name}");
                continue;
            };
            let generation = parts.next().unwrap_or("1");
            let generation: u64 = if generation == "*" { 0 } else { generation.parse().unwrap_or(1) };
            let nth = parts.next().unwrap_or("1");
            let (chance, nth) = nth.strip_prefix('~').map_or((0, nth), |nth| (CHANCE, nth));
            let nth: u64 = nth.parse().unwrap_or(1).max(1);
            let action = match parts.next() {
                Some("abort") => 1,
                Some("exit") => 2,
                _ => 0,
            };
            let armed = (*point as u64 + 1) | action << 8 | chance | (generation & 0xffff) << 16 | nth << 32;
            slot.store(armed, Relaxed);
            ANY.store(1, Relaxed);
        }
    }

    /// Says which incarnation of which daemon this process is; transactions inherit their daemon's.
    pub fn incarnation(daemon: usize, generation: u64) {
        // A store would copy the page in each newborn.
        if ANY.load(Relaxed) == 0 {
            return;
        }
        GENERATION.store(generation as u32, Relaxed);
        FATE.store(mix(mix(SEED.load(Relaxed)) ^ (daemon as u64) << 48 ^ generation), Relaxed);
        FLIGHTS.store(0, Relaxed);
        for passes in &PASSES {
            passes.store(0, Relaxed);
        }
    }

    /// Dies here if the point is armed for this incarnation and pass.
    #[inline]
    pub fn point(point: Point) {
        if ANY.load(Relaxed) != 0 {
            check(point);
        }
    }

    #[cold]
    fn check(point: Point) {
        if point == Point::FlightDispatched {
            FLIGHTS.fetch_add(1, Relaxed);
        }
        for (slot, passes) in ARMED.iter().zip(&PASSES) {
            let armed = slot.load(Relaxed);
            let generation = (armed >> 16) & 0xffff;
            if armed & 0xff != point as u64 + 1
                || (generation != 0 && generation != u64::from(GENERATION.load(Relaxed)))
            {
                continue;
            }
            let pass = u64::from(passes.fetch_add(1, Relaxed)) + 1;
            let nth = armed >> 32;
            let due = if armed & CHANCE == 0 {
                pass == nth
            } else {
                let flights = u64::from(FLIGHTS.load(Relaxed));
                mix(FATE.load(Relaxed) ^ (point as u64) << 56 ^ flights << 32 ^ pass).is_multiple_of(nth)
            };
            if due {
                die(point, (armed >> 8) & 0x7f);
            }
        }
    }

    /// The finaliser of `SplitMix64` (Steele, Lea, Flood): neighbours become unlike.
    fn mix(word: u64) -> u64 {
        let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn die(point: Point, action: u64) {
        let mut line = [0_u8; 96];
        let mut len = 0;
        for part in ["fault point reached: ", point.name(), "\n"] {
            line[len..len + part.len()].copy_from_slice(part.as_bytes());
            len += part.len();
        }
        // SAFETY: writes a local buffer to standard error; then this process ends itself, which is the point.
        unsafe {
            libc::write(2, line.as_ptr().cast(), len);
            match action {
                1 => libc::abort(),
                2 => libc::_exit(0),
                _ => {
                    libc::kill(libc::getpid(), libc::SIGKILL);
                }
            }
        }
    }
}

#[cfg(feature = "fault-points")]
pub use armed::{arm, incarnation, point};

/// Does nothing: the feature `fault-points` is off.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
#[allow(clippy::inline_always, reason = "must vanish from the commit path")]
pub fn point(_: Point) {}
/// Says that nothing is armed: the feature `fault-points` is off.
#[cfg(not(feature = "fault-points"))]
pub fn arm() {
    if std::env::var_os("PERENNIAL_FAULT").is_some_and(|armed| !armed.is_empty()) {
        log::warn!("PERENNIAL_FAULT is ignored: this program was built without the feature `fault-points`");
    }
}
/// Does nothing: the feature `fault-points` is off.
#[cfg(not(feature = "fault-points"))]
pub fn incarnation(_: usize, _: u64) {}

//! A writer that changes all that it publishes in every commit, and two readers that look whether they ever see the half
//! of one. The writer dies where `PERENNIAL_FAULT` says.

use perennial::prelude::*;
use perennial_tests::say;

/// Reads after which a reader says so, if it has seen as many incarnations as are asked for.
const READS: u64 = 20_000;

/// What the writer is at.
#[plain]
#[derive(Debug, PartialEq)]
enum Phase {
    Even,
    Odd,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "1ms", resumes = 1_000_000)]
struct Writer {
    #[publish]
    phase: Phase,
    /// Not for others, and small enough to lie between two fields that are.
    hidden: u8,
    #[publish]
    short: u16,
    #[publish]
    count: u64,
    table: Array<u64, 100>,
    #[publish]
    block: [u64; 300],
    #[publish]
    last: u64,
}

fn wrong(snapshot: &Snapshot<WriterPublished>) -> Option<&'static str> {
    let (value, n) = (&snapshot.value, snapshot.sequence);
    if value.count != n || value.last != n.wrapping_mul(3) {
        return Some("count");
    }
    if value.block.iter().any(|word| *word != n) {
        return Some("block");
    }
    let phase = if n.is_multiple_of(2) { Phase::Even } else { Phase::Odd };
    (value.phase != phase || value.short != n as u16).then_some("small")
}

fn read<S: Daemon>(me: &mut Handle<S>, name: &str) -> Outcome {
    let incarnations: u64 =
        std::env::var("INCARNATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    let (mut reads, mut later, mut newest, mut told) = (0, 0, (0, 0), false);
    loop {
        let snapshot = me.snapshot::<Writer>(Duration::from_secs(10)).map_err(Error::new)?;
        let version = (snapshot.generation, snapshot.sequence);
        if let Some(field) = wrong(&snapshot) {
            say!("torn name={name} field={field} {snapshot:?}");
            return Err(Error::new("a torn read"));
        }
        if version.0 < newest.0 || version.1 < newest.1 {
            say!("torn name={name} field=version {version:?} after {newest:?}");
            return Err(Error::new("an older state"));
        }
        newest = version;
        reads += 1;
        later += u64::from(snapshot.generation > 1);
        if !told && reads >= READS && snapshot.generation >= incarnations {
            say!("done name={name} reads={reads} later={later} generation={}", snapshot.generation);
            told = true;
        }
        if reads.is_multiple_of(64) && !me.wait_for(&Wait::new().timeout(Duration::ZERO))?.is_running() {
            return Ok(());
        }
    }
}

impl Daemon for Writer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=writer pid={} generation={}", std::process::id(), me.generation());
        while me.wait_for(&Wait::new().timeout(Duration::ZERO))?.is_running() {
            let n = me.sequence() + 1;
            me.change(|s| {
                *s.phase = if n.is_multiple_of(2) { Phase::Even } else { Phase::Odd };
                *s.short = n as u16;
                *s.hidden = s.hidden.wrapping_add(1);
                *s.count = n;
                let _ = s.table.set(n % 100, n);
                *s.block = [n; 300];
                *s.last = n.wrapping_mul(3);
            })?;
        }
        Ok(())
    }
}

#[daemon(mem = "64KiB", watchdog = "1s")]
struct Left;
#[daemon(mem = "64KiB")]
struct Right;

impl Daemon for Left {
    fn run(me: &mut Handle<Self>) -> Outcome {
        read(me, "left")
    }
}
impl Daemon for Right {
    fn run(me: &mut Handle<Self>) -> Outcome {
        // By name, one field at a time, it is the same.
        let one = me.peek::<Writer, [u64; 300]>("block", Duration::from_secs(10)).map_err(Error::new)?;
        say!("peek whole={}", one.value.iter().all(|word| *word == one.sequence));
        let hidden = me.peek::<Writer, u8>("hidden", Duration::ZERO);
        let other = me.peek::<Writer, u8>("count", Duration::ZERO);
        let none = me.peek::<Writer, u8>("nothing", Duration::ZERO);
        for error in [hidden.err(), other.err(), none.err()].into_iter().flatten() {
            say!("refused: {error}");
        }
        read(me, "right")
    }
}

root! {
    mem = "1MiB";
    daemons: [Writer, Left, Right];
}

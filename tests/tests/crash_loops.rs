//! Crash loops at full speed, of transactions and of a daemon at once, leave memory, descriptors, mappings and
//! processes flat: what is held in the last quarter of the time is what was held in the first.
//!
//! A minute by default; `PERENNIAL_CRASH_LOOPS` names other seconds.

use perennial_tests::table::Table;
use perennial_tests::usage::{Usage, heap, worked};
use perennial_tests::{Launch, census, number};
use std::time::{Duration, Instant};

const LOOPING: &str = env!("CARGO_BIN_EXE_looping");

/// The time between two samples.
const PACE: Duration = Duration::from_millis(100);

/// What was held at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    root: Usage,
    flyer: Usage,
    processes: usize,
    zombies: usize,
}

impl Sample {
    fn max(self, other: Self) -> Self {
        Self {
            root: self.root.max(other.root),
            flyer: self.flyer.max(other.flyer),
            processes: self.processes.max(other.processes),
            zombies: self.zombies.max(other.zombies),
        }
    }
}

/// Flat: what may not change has not, and nothing has grown beyond what one moment differs from another.
fn is_flat(what: &str, first: Usage, last: Usage) {
    assert_eq!((first.data, first.threads), (last.data, last.threads), "{what}: {first:?} became {last:?}");
    for (name, from, to, more) in [
        ("KiB of memory", first.resident, last.resident, 128),
        ("KiB of private memory", first.private, last.private, 128),
        ("KiB of page tables", first.tables, last.tables, 16),
        ("mappings", first.mappings, last.mappings, 8),
        ("descriptors", first.descriptors, last.descriptors, 2),
    ] {
        assert!(to <= from + more, "{what}: {from} {name} became {to}");
    }
}

#[test]
fn crash_loops_leave_everything_flat() {
    let seconds =
        std::env::var("PERENNIAL_CRASH_LOOPS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let time = Duration::from_secs(seconds);
    let mut tree = Launch::new(LOOPING).env("RUST_LOG", "off").start();
    tree.line("up name=Flyer");
    tree.line("up name=Calm");
    let root = tree.pid();
    let table = Table::of(&tree.directory().path().join("looping.sock"));
    let flyer = table.pid(0);
    tree.until("the loops run", |_| table.generation(1) >= 100);
    let (brk, shared) = ((heap(root), heap(flyer)), census::Holdings::of(root).shared_memory);

    let (began, from, work) = (Instant::now(), table.generation(1), worked(root));
    let mut quarters = [Sample::default(); 4];
    let mut samples = 0;
    while began.elapsed() < time {
        let family = census::family(root);
        let sample = Sample {
            root: Usage::of(root).expect("root runs"),
            flyer: Usage::of(flyer).expect("the daemon runs"),
            processes: family.len(),
            zombies: family.iter().filter(|process| process.zombie).count(),
        };
        let quarter = (began.elapsed().as_secs_f64() / time.as_secs_f64() * 4.0) as usize;
        quarters[quarter.min(3)] = quarters[quarter.min(3)].max(sample);
        samples += 1;
        std::thread::sleep(PACE);
    }
    let deaths = table.generation(1) - from;
    let (took, work) = (began.elapsed().as_secs_f64(), worked(root).saturating_sub(work));
    let now = ((heap(root), heap(flyer)), census::Holdings::of(root).shared_memory);
    assert_eq!(now, (brk, shared), "heaps and shared memory are as they were");
    assert_eq!(table.pid(0), flyer, "the daemon whose transactions crash is the same");

    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    let flights = ended.last("down name=Flyer");
    let crashed = number(flights, "crashed") as u64;
    println!(
        "crash_loops transactions={crashed} daemons={deaths} seconds={took:.1} transactions_per_second={:.0} \
         daemons_per_second={:.0} samples={samples} root_work={work:?}",
        crashed as f64 / took,
        deaths as f64 / took
    );
    for (number, sample) in (1..).zip(&quarters) {
        println!("crash_loops quarter {number}: {sample:?}");
    }
    println!("crash_loops {}", ended.last("down name=Calm"));

    assert_eq!(ended.code, Some(0), "it stops in order: {:?}", ended.lines.last());
    assert_eq!((number(flights, "other"), number(flights, "generation")), (0, 1), "{flights}");
    let calm = ended.last("down name=Calm");
    assert_eq!(number(calm, "generation"), 1);
    assert!(number(calm, "longest") < 2000 && number(calm, "rounds") as u64 > seconds * 20, "{calm}");
    assert!(
        crashed >= seconds * 100 && deaths >= seconds * 50,
        "that is not full speed: {crashed} and {deaths}"
    );
    assert!(samples as u64 >= seconds * 2, "{samples} samples");

    let [first, .., last] = quarters;
    is_flat("root", first.root, last.root);
    is_flat("the daemon", first.flyer, last.flyer);
    let most = quarters.into_iter().fold(Sample::default(), Sample::max);
    assert!(most.root.threads == 1 && most.flyer.threads == 1);
    // Root, three daemons, a transaction or two that is not taken down yet, and some dead on their way out.
    assert!(most.processes <= 12 && most.zombies <= 6, "{most:?}");
    assert_eq!(ended.directory.files(), ["looping.lock"]);
}

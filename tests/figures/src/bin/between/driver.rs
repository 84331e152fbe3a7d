//! The driver: a child of root from before the seal, with root's mappings and outside of the tree's care.

use crate::lane::{self, Job, Who, lane};
use perennial_figures::{Figure, Sample, sys};

/// A message, committed by one daemon and taken by the other, over a futex word that goes the same way.
const ONE_WAY: Figure = Figure::new("ring_one_way", 1000, Some(1.5), None);
/// Messages in batches over a copy of their bytes.
const THROUGHPUT: Figure = Figure::new("ring_throughput", 1000, Some(4.0), None);
/// A daemon's own change of one row at 1 GiB over the same at 1 MiB.
const UPDATE: Figure = Figure::new("map_update", 1000, Some(1.1), None);
/// The same of a load from each of these rows, one after the other, and nothing else: what memory itself costs.
/// To lock and to unlock, over std's mutex.
const MUTEX: Figure = Figure::new("mutex", 1000, Some(2.0), None);
/// A stamp over the kernel's clock.
const STAMP: Figure = Figure::new("timestamp", 1000, None, None);

/// Figures of one daemon that measures both sides: with their cases and batches.
const FIGURES: [(Figure, &str, Who, Job, usize); 5] = [
    (ONE_WAY, "", Who::Ping, Job::OneWay, 200),
    (THROUGHPUT, "64B", Who::Source, Job::Lines, 200),
    (THROUGHPUT, "4KiB", Who::Source, Job::Pages, 200),
    (MUTEX, "", Who::Hermit, Job::Mutex, 200),
    (STAMP, "", Who::Hermit, Job::Stamp, 200),
];

/// Collections that are changed: with the jobs that fill them and change a row.
const COLLECTIONS: [(Figure, &str, Job, Job); 3] = [
    (UPDATE, "Map", Job::FillMap, Job::Map),
    (UPDATE, "OrderedMap", Job::FillOrderedMap, Job::OrderedMap),
    (UPDATE, "Array", Job::FillArray, Job::Array),
];

/// Whether one batch of each figure is enough, and little state.
pub fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--quick")
}

/// The set-up hook: memory that all share, and the driver itself.
pub fn start() -> Result<(), std::io::Error> {
    sys::pin();
    lane::create();
    // SAFETY: one thread; the child never returns into root's code.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()),
        0 => drive(),
        _ => Ok(()),
    }
}

/// Measures everything, prints it and ends the tree.
fn drive() -> ! {
    // SAFETY: takes numbers.
    let root = unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::getppid()
    };
    let done = figures();
    if done.is_none() {
        println!("bench failed: a daemon did not answer");
        // SAFETY: takes numbers.
        unsafe { libc::kill(root, libc::SIGTERM) };
    }
    // SAFETY: ends this process without root's exit handlers.
    unsafe { libc::_exit(i32::from(done.is_none())) }
}

fn figures() -> Option<()> {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--") && argument != "run");
    let wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    for (figure, case, who, job, batches) in FIGURES.iter().filter(|figure| wanted(figure.0.name)) {
        measure(figure, case, *batches, || lane(*who).ask(*job))?;
    }
    for (figure, case, fill, job) in COLLECTIONS.iter().filter(|collection| wanted(collection.0.name)) {
        lane(Who::Small).ask(*fill)?;
        lane(Who::Large).ask(*fill)?;
        measure(figure, case, 200, || Some((lane(Who::Large).ask(*job)?.0, lane(Who::Small).ask(*job)?.0)))?;
    }
    for who in lane::ALL.into_iter().rev() {
        lane(who).ask(Job::Quit)?;
    }
    Some(())
}

/// Takes batches and prints the figure.
fn measure(
    figure: &Figure,
    case: &str,
    batches: usize,
    mut batch: impl FnMut() -> Option<(u64, u64)>,
) -> Option<()> {
    const WARM: usize = 2;
    let mut sample = Sample::new();
    for n in 0..if is_quick() { 1 } else { perennial_figures::batches(batches) } + WARM {
        let (ours, base) = batch()?;
        if n >= WARM {
            sample.push(ours, base);
        }
    }
    println!("{}", sample.line(figure, case));
    Some(())
}

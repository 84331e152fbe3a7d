//! The driver: a child of root from before the seal, with root's mappings and outside of the tree's care.

use crate::floor;
use crate::lane::{self, Job, LANES, Lane, SIZES, lane};
use crate::targets::{
    ANSWER, ANSWER_16, ANSWER_256, COMMIT_1, COMMIT_16, COMMIT_256, FORK, RESTART, RESTART_CRASH, RETRY,
};
use core::sync::atomic::Ordering::SeqCst;
use perennial_figures::{Figure, Held, Sample, Time, median, sys};

/// The set-up hook: memory that the daemons and the driver share, and the driver itself.
pub fn start() -> Result<(), std::io::Error> {
    sys::pin();
    lane::create();
    // Only pages that the measurement touches become resident.
    floor::create(sys::shared_memory(floor::JOURNAL + (4 << 30)));
    // SAFETY: one thread; the child never returns into root's code.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()),
        0 => drive(),
        _ => {
            if std::env::var_os("FIGURES_LOG").is_none() {
                // A restart writes its log lines in any case, but not between the figures.
                // SAFETY: replaces standard error by a descriptor that takes everything.
                unsafe {
                    let nowhere = libc::open(c"/dev/null".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
                    libc::dup2(nowhere, 2);
                }
            }
            Ok(())
        }
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
    for index in 0..LANES {
        if !sys::wait_while(&lane(index).touched, 0) {
            return None;
        }
    }
    let jobs = [
        (FORK, Job::Flights, 150),
        (ANSWER, Job::Answers, 60),
        (ANSWER_16, Job::Answers16, 60),
        (ANSWER_256, Job::Answers256, 60),
        (COMMIT_1, Job::Commit1, 300),
        (COMMIT_16, Job::Commit16, 300),
        (COMMIT_256, Job::Commit256, 300),
        (RETRY, Job::Retries, 40),
    ];
    for (figure, job, batches) in jobs.into_iter().filter(|job| wanted(job.0.name)) {
        measure(&figure, batches, |lane| lane.ask(job))?;
    }
    if wanted(RESTART.name) {
        measure(&RESTART, 30, |lane| restart(lane, false))?;
    }
    if wanted(RESTART_CRASH.name) {
        measure(&RESTART_CRASH, 30, |lane| restart(lane, true))?;
    }
    for index in (0..LANES).rev() {
        lane(index).ask(Job::Quit)?;
    }
    Some(())
}

/// Takes batches from every size in turn and prints medians: of both sides, of their ratio, and of the
/// largest sizes over the smallest. With `FIGURES_SIZE` in the environment of that size only.
fn measure(
    figure: &Figure,
    batches: usize,
    mut batch: impl FnMut(&'static Lane) -> Option<(u64, u64)>,
) -> Option<()> {
    let &Figure { name, unit, growth, .. } = figure;
    let mut results = [const { Sample::new() }; LANES];
    let only = std::env::var("FIGURES_SIZE").ok();
    let chosen = |index: &usize| only.as_deref().is_none_or(|only| only == SIZES[*index]);
    for n in 0..perennial_figures::batches(batches) + 2 {
        for (index, results) in results.iter_mut().enumerate().filter(|(index, _)| chosen(index)) {
            let (ours, base) = batch(lane(index))?;
            if ours == 0 || base == 0 {
                return None;
            }
            // The first two warm up.
            if n > 1 {
                results.push(ours, base);
            }
        }
    }
    for (index, results) in results.iter().enumerate().filter(|(index, _)| chosen(index)) {
        let resident = lane(index).resident.load(SeqCst);
        println!("{} rss={resident}", results.line(figure, SIZES[index]));
    }
    if only.is_some() {
        return Some(());
    }
    let small = &results[0];
    for index in [LANES - 2, LANES - 1] {
        let (large, size) = (&results[index], SIZES[index]);
        let pairs = || large.batches().zip(small.batches());
        let ratio = median(pairs().map(|(large, small)| large.0 as f64 / small.0 as f64));
        let floor = median(pairs().map(|(large, small)| large.1 as f64 / small.1 as f64));
        let [ours, base] = [large, small].map(|side| Time(side.sides().0, unit));
        // The same ratio of the floors: what of it is the processor's, such as its page walks.
        let held = Held(ratio, growth);
        println!(
            "bench {name}/{size}_over_4MiB ratio={ratio:.2}{held} ours={ours} base={base} floors={floor:.2}"
        );
    }
    Some(())
}

/// Kills the daemon, or has it crash, and takes the time until `run` is entered again, then that of bare forks.
fn restart(lane: &'static Lane, crash: bool) -> Option<(u64, u64)> {
    const FORKS: u64 = 4;
    let (entered, touched) = (lane.entered.load(SeqCst), lane.touched.load(SeqCst));
    rest();
    let pid = lane.pid.load(SeqCst) as i32;
    let mut start = sys::now();
    if crash {
        lane.tell(Job::Crash);
    } else {
        // SAFETY: takes numbers; the daemon is alive, so the PID is its own.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    if !sys::wait_while(&lane.entered, entered) {
        return None;
    }
    if crash {
        start = lane.crashed_at.load(SeqCst);
    }
    let ours = lane.entered_at.load(SeqCst).saturating_sub(start);
    if !sys::wait_while(&lane.touched, touched) {
        return None;
    }
    // The dead daemon's memory is still being taken down: let that end, or it would slow the bare forks.
    // SAFETY: signal 0 only asks whether the process is there.
    while unsafe { libc::kill(pid, 0) } == 0 {
        std::thread::sleep(core::time::Duration::from_millis(1));
    }
    let mut base = 0;
    for _ in 0..FORKS {
        rest();
        let start = sys::now();
        sys::bare_fork();
        base += sys::now() - start;
    }
    Some((ours, base / FORKS))
}

/// Before each side, which then both begin on a processor that has slept: for longer than the period after which a
/// daemon counts as healthy and is started again at once.
fn rest() {
    std::thread::sleep(core::time::Duration::from_millis(3));
}

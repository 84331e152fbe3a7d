//! Runs a model of some threads and one lock: without a death, and with one before each step.

use loom::sync::Arc;
use perennial::locks::platform::run;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Explores what `threads` may do with one `lock`, without a death and with one of the first of them before each of its
/// steps. At the end `check` looks at the lock, told whether the thread died.
pub fn explore<L: 'static, const THREADS: usize>(
    preemptions: usize,
    lock: fn() -> L,
    threads: [fn(&L); THREADS],
    check: fn(&L, bool),
) {
    explore_from(0, preemptions, lock, threads, check);
}

/// The same, with deaths from step `first` on.
pub fn explore_from<L: 'static, const THREADS: usize>(
    first: i32,
    preemptions: usize,
    lock: fn() -> L,
    threads: [fn(&L); THREADS],
    check: fn(&L, bool),
) {
    let seen = Seen::default();
    seen.one(preemptions, [-1, -1], lock, threads, check);
    let deaths = (first..).take_while(|&step| seen.one(preemptions, [step, -1], lock, threads, check)[0]);
    seen.tell(deaths.count());
}

/// The same without preemption, and with the deaths of the first two, each before each of its steps from the given on.
pub fn explore_two_deaths<L: 'static>(first: [i32; 2], lock: fn() -> L, threads: [fn(&L); 3]) {
    let seen = Seen::default();
    let mut deaths = 0;
    for step in first[0].. {
        let mut first_died = false;
        for other in first[1].. {
            let died = seen.one(0, [step, other], lock, threads, |_, _| {});
            first_died |= died[0];
            if !died[1] {
                break;
            }
            deaths += 1;
        }
        if !first_died {
            break;
        }
    }
    seen.tell(deaths);
}

/// What was run.
#[derive(Default)]
struct Seen(std::sync::Arc<AtomicUsize>);

impl Seen {
    /// Explores it with the deaths of the first two before the given steps; negative for none. Returns which of them died in
    /// any order of steps.
    fn one<L: 'static, const THREADS: usize>(
        &self,
        preemptions: usize,
        steps: [i32; 2],
        lock: fn() -> L,
        threads: [fn(&L); THREADS],
        check: fn(&L, bool),
    ) -> [bool; 2] {
        let counted = std::sync::Arc::clone(&self.0);
        let died = std::sync::Arc::new([const { AtomicBool::new(false) }; 2]);
        let some_died = std::sync::Arc::clone(&died);
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.check(move || {
            counted.fetch_add(1, SeqCst);
            let lock = Arc::new(lock());
            let start = |index: usize| {
                let lock = Arc::clone(&lock);
                let death = steps.get(index).copied().filter(|&step| step >= 0);
                loom::thread::spawn(move || run(index as u32 + 1, death, || threads[index](&lock)))
            };
            let started: [_; THREADS] = core::array::from_fn(start);
            let lives = started.map(|thread| thread.join().expect("a thread of the model"));
            for (died, _) in some_died.iter().zip(lives).filter(|(_, lives)| !lives) {
                died.store(true, SeqCst);
            }
            run(THREADS as u32 + 1, None, || check(&lock, !lives[0]));
        });
        [0, 1].map(|which| died[which].load(SeqCst))
    }

    fn tell(&self, deaths: usize) {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        println!("loom {name} deaths={deaths} executions={}", self.0.load(SeqCst));
        assert!(deaths > 5, "the thread that is to die takes more than {deaths} steps");
    }
}

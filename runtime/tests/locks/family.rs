//! Processes that share memory, and a storm of kills over them.

use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Whoever does not come on within this time hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// All-zero memory that children share.
pub struct Shared<T: 'static>(&'static T);

/// All-zero memory of the only range that is taken for the family's; it is used once.
fn room(size: usize) -> *mut u8 {
    const SIZE: usize = 16 << 20;
    static START: OnceLock<usize> = OnceLock::new();
    static USED: AtomicUsize = AtomicUsize::new(0);
    let start = *START.get_or_init(|| {
        // SAFETY: a new mapping, which stays.
        unsafe {
            let (access, flags) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
            let memory = libc::mmap(std::ptr::null_mut(), SIZE, access, flags, -1, 0);
            assert_ne!(memory, libc::MAP_FAILED);
            perennial::__private::share(memory.cast(), SIZE);
            memory.expose_provenance()
        }
    });
    let used = USED.fetch_add(size.next_multiple_of(4096), Ordering::Relaxed);
    assert!(used + size <= SIZE);
    std::ptr::with_exposed_provenance_mut(start + used)
}

impl<T> Shared<T> {
    /// # Safety
    /// All-zero must be a valid `T`, and it must be made for several processes.
    pub unsafe fn zeroed() -> Self {
        // SAFETY: memory of that size which nobody else uses, at the start of a page.
        Self(unsafe { &*room(size_of::<T>()).cast() })
    }

    /// A part of it.
    pub fn part<U>(this: Shared<U>, part: impl FnOnce(&'static U) -> &'static T) -> Self {
        Self(part(this.0))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

/// A child process, killed and reaped when dropped.
pub struct Child(i32);

impl Child {
    /// Forks one that runs `work` and ends.
    pub fn run(work: impl FnOnce()) -> Self {
        // SAFETY: the child runs what allocates nothing, and never returns into the harness.
        match unsafe { libc::fork() } {
            -1 => panic!("no fork: {}", std::io::Error::last_os_error()),
            0 => {
                // SAFETY: takes numbers.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                work();
                // SAFETY: ends the child without the harness's exit handlers.
                unsafe { libc::_exit(0) }
            }
            pid => Self(pid),
        }
    }

    /// Waits for its end; true if it ended by itself and found nothing wrong.
    pub fn succeeded(self) -> bool {
        let status = self.reap();
        std::mem::forget(self);
        status == 0
    }

    pub fn kill(self) {
        drop(self);
    }

    fn reap(&self) -> i32 {
        let mut status = -1;
        // SAFETY: waits for an own child, into a local.
        while unsafe { libc::waitpid(self.0, &raw mut status, 0) } == -1 {}
        status
    }

    /// Waits until it sleeps in the kernel, as seen in `/proc`.
    pub fn until_asleep(&self) {
        let since = Instant::now();
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).expect("a living child");
            if stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S')) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "the child never waits");
            std::thread::yield_now();
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: an own child that was not reaped.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
        self.reap();
    }
}

/// Ends a child that has found something wrong.
pub fn must(right: bool) {
    if !right {
        // SAFETY: ends the child.
        unsafe { libc::_exit(9) };
    }
}

/// Runs `condition` until it holds.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < PATIENCE, "never: {what}");
        std::thread::yield_now();
    }
}

/// Workers of a storm at most.
pub const WORKERS: usize = 3;

/// Kills of a storm.
pub const KILLS: usize = 150;

/// Takes its time, so that many kills fall into it.
pub fn dawdle() {
    for _ in 0..200 {
        std::hint::spin_loop();
    }
}

/// What the workers of a storm tell.
#[repr(C)]
pub struct Told {
    /// Rounds of each.
    pub rounds: [AtomicU64; WORKERS],
    /// Something was found wrong.
    pub wrong: AtomicU32,
    /// Times that a lock said it was inconsistent.
    pub inconsistent: AtomicU64,
}

impl Told {
    /// Notes what is found wrong, if it is.
    pub fn hold(&self, right: bool) {
        if !right {
            self.wrong.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn round(&self, worker: usize) -> u64 {
        self.rounds[worker].load(Ordering::SeqCst)
    }
}

/// Has `workers` processes run `round` over and over, and kills `kills` of them at random instants. After each kill, and
/// before the dead one is replaced, every other must come on; who `waits_for_others` need not.
pub fn storm(
    seed: u64,
    workers: usize,
    kills: usize,
    told: Shared<Told>,
    waits_for_others: impl Fn(usize) -> bool,
    round: impl Fn(usize),
) {
    let start = |worker: usize| {
        Child::run(|| {
            loop {
                round(worker);
                told.rounds[worker].fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let mut random = seed | 1;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut children: Vec<Option<Child>> = (0..workers).map(|worker| Some(start(worker))).collect();
    for kill in 0..kills {
        let since = Instant::now();
        let pause = Duration::from_nanos(next(300_000));
        while since.elapsed() < pause {
            std::hint::spin_loop();
        }
        let victim = next(workers as u64) as usize;
        if let Some(child) = children[victim].take() {
            child.kill();
        }
        for other in (0..workers).filter(|&other| other != victim && !waits_for_others(other)) {
            let before = told.round(other);
            eventually(&format!("worker {other} comes on after kill {kill} (seed {seed})"), || {
                told.round(other) > before
            });
        }
        children[victim] = Some(start(victim));
    }
    for worker in 0..workers {
        let before = told.round(worker);
        eventually(&format!("worker {worker} comes on at last (seed {seed})"), || {
            told.round(worker) > before
        });
    }
    drop(children);
    assert_eq!(told.wrong.load(Ordering::SeqCst), 0, "seed {seed}");
}

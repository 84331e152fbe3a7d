//! What the locks cost where nobody contends, over std's: a pair of taking and giving back. Both sides take turns in short
//! batches on one core; figures are medians over batches.

use perennial::locks;
use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const PAIRS: u32 = 20_000;
const BATCHES: usize = 301;

/// Nanoseconds of one pair.
fn time(pair: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..PAIRS {
        pair();
    }
    start.elapsed().as_nanos() as f64 / f64::from(PAIRS)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure(name: &str, target: Option<f64>, mut ours: impl FnMut(), mut base: impl FnMut()) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    if wanted.is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for batch in 0..BATCHES + 2 {
        let (ours, base) = (time(&mut ours), time(&mut base));
        // The first two warm up.
        if batch > 1 {
            mine.push(ours);
            theirs.push(base);
            ratios.push(ours / base);
        }
    }
    let ratio = median(&mut ratios);
    let (ours, base) = (median(&mut mine), median(&mut theirs));
    let met = target.map_or(String::new(), |target| {
        format!(" target={target:.2} met={}", if ratio <= target { "yes" } else { "no" })
    });
    println!("bench {name} ratio={ratio:.2}{met} ours={ours:.1}ns base={base:.1}ns");
}

/// Keeps this process on the core that it is on.
fn pin() {
    // SAFETY: fills and reads a local of the size that is given.
    unsafe {
        let mut one: libc::cpu_set_t = core::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu().max(0) as usize, &mut one);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one);
    }
}

/// A lock of all-zero in memory as a family shares it, where the kernel looks after its owner.
///
/// # Safety
/// All-zero must be a valid `T`.
unsafe fn family<T>() -> &'static T {
    const SIZE: usize = 1 << 16;
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
    let used = USED.fetch_add(size_of::<T>().next_multiple_of(4096), Ordering::Relaxed);
    assert!(used + size_of::<T>() <= SIZE);
    // SAFETY: part of the mapping that nobody else uses; the caller's contract.
    unsafe { &*std::ptr::with_exposed_provenance::<T>(start + used) }
}

fn mutex(name: &str, ours: &locks::Mutex<u64>) {
    let base = std::sync::Mutex::new(0_u64);
    measure(
        name,
        Some(2.0),
        || *black_box(ours).lock().unwrap_or_else(|_| unreachable!()) += 1,
        || *black_box(&base).lock().unwrap_or_else(|_| unreachable!()) += 1,
    );
}

fn main() {
    pin();
    mutex("mutex_private", &locks::Mutex::new(0));
    // SAFETY: a lock of all-zero.
    mutex("mutex", unsafe { family() });
    // SAFETY: as above.
    let (ours, base) = (unsafe { family::<locks::RwLock<u64>>() }, std::sync::RwLock::new(0_u64));
    measure(
        "rwlock_read",
        None,
        || _ = black_box(ours).read().map(|value| black_box(*value)),
        || _ = black_box(&base).read().map(|value| black_box(*value)),
    );
    measure(
        "rwlock_write",
        None,
        || *black_box(ours).write().unwrap_or_else(|_| unreachable!()) += 1,
        || *black_box(&base).write().unwrap_or_else(|_| unreachable!()) += 1,
    );
    // SAFETY: as above.
    let (ours, base) = (unsafe { family::<locks::Semaphore<4>>() }, std::sync::Mutex::new(()));
    measure("semaphore", None, || drop(black_box(ours).acquire()), || drop(black_box(&base).lock()));
}

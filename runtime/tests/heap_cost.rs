//! What an allocation costs beside glibc's, in one run: `cargo test --release --test heap_cost --
//! --ignored`.

mod heap_support;

use std::ffi::c_void;
use std::time::Instant;

use perennial::heap;

#[global_allocator]
static HEAP: perennial::__private::Heap = perennial::__private::Heap::new();
perennial::__private::c_heap!();

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_free(block: *mut c_void);
}

type Allocate = unsafe extern "C" fn(usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);

const PAIRS: u32 = 100_000;

/// Nanoseconds for one pair, at once or with a thousand blocks live between.
fn pair(allocate: Allocate, free: Free, size: usize, live: usize) -> f64 {
    let mut blocks = vec![std::ptr::null_mut::<c_void>(); live];
    let start = Instant::now();
    let mut index = 0;
    for _ in 0..PAIRS {
        // A step that shares no divisor with the number of live blocks, so that they are freed in
        // another order than they were allocated.
        index = (index + 389) % live;
        // SAFETY: each block is freed once, by the family that it came from.
        unsafe {
            free(blocks[index]);
            blocks[index] = std::hint::black_box(allocate(size));
        }
    }
    let time = start.elapsed();
    for block in blocks {
        // SAFETY: as above.
        unsafe { free(block) };
    }
    time.as_nanos() as f64 / f64::from(PAIRS)
}

fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..31).map(|_| run()).collect();
    times.sort_by(f64::total_cmp);
    times[15]
}

fn main() {
    if !std::env::args().any(|argument| argument == "--ignored") {
        return;
    }
    heap_support::assert_ends(|| {
        let bytes = 64 << 20;
        let memory = heap_support::shared(bytes);
        heap::seal();
        // SAFETY: mapped for this purpose, and this process has one thread.
        unsafe { heap::enter(memory, bytes) };
        for (size, live) in [(64, 1), (4096, 1), (64, 1000), (4096, 1000)] {
            let ours = median(|| pair(libc::malloc, libc::free, size, live));
            let glibc = median(|| pair(__libc_malloc, __libc_free, size, live));
            let ratio = ours / glibc;
            println!("{size:5} B, {live:4} live: {ours:5.1} ns, glibc {glibc:5.1}, ratio {ratio:.2}");
        }
        std::io::Write::flush(&mut std::io::stdout()).expect("stdout");
    });
    // A newborn's first allocation: fork and wait with nothing allocated, and with one block.
    let bytes = 1 << 20;
    let memory = heap_support::shared(bytes);
    let child = |count: usize| {
        // SAFETY: one thread.
        unsafe {
            let start = Instant::now();
            match libc::fork() {
                0 => {
                    heap::enter(memory, bytes);
                    for _ in 0..count {
                        std::hint::black_box(libc::malloc(64));
                    }
                    libc::_exit(0)
                }
                pid => libc::waitpid(pid, std::ptr::null_mut(), 0),
            };
            start.elapsed().as_nanos() as f64 / 1000.0
        }
    };
    // In turns, so that a drift of the machine meets both.
    let mut times = [const { Vec::new() }; 2];
    for round in 0..2_000 {
        times[round % 2].push(child(round % 2));
    }
    let [none, one] = times.map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("fork and wait: {none:.1} us without, {one:.1} us with a first allocation");
}

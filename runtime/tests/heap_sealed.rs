//! The heap after the seal, with the kernel's limit in force: it serves Rust and C until it is
//! full, grows nothing, survives panics, and names its misuse.

mod heap_support;

use std::ffi::{CStr, c_int, c_void};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use heap_support::{in_child, limit_data, shared, writable};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use perennial::heap;

#[global_allocator]
static HEAP: perennial::__private::Heap = perennial::__private::Heap::new();
perennial::__private::c_heap!();

const BYTES: usize = 1 << 20;

fn main() {
    heap_support::main(&[
        ("rust_and_c_work_until_it_is_full", rust_and_c_work_until_it_is_full),
        ("without_a_heap_everything_is_refused", without_a_heap_everything_is_refused),
        ("a_refusal_names_its_place", a_refusal_names_its_place),
        ("a_panic_survives_a_full_heap", a_panic_survives_a_full_heap),
        ("an_abort_for_lack_of_memory_can_be_told", an_abort_for_lack_of_memory_can_be_told),
        ("the_unused_heap_is_not_touched", the_unused_heap_is_not_touched),
        ("a_little_use_touches_two_pages", a_little_use_touches_two_pages),
        ("garbage_of_a_predecessor_is_not_trusted", garbage_of_a_predecessor_is_not_trusted),
        ("a_block_of_a_predecessor_cannot_be_freed", a_block_of_a_predecessor_cannot_be_freed),
        ("threads_share_an_entered_heap", threads_share_an_entered_heap),
        ("misuse_ends_in_one_line", misuse_ends_in_one_line),
        ("a_heap_too_small_refuses", a_heap_too_small_refuses),
    ]);
}

/// Seals this process and gives it a heap.
fn enter(bytes: usize) -> *mut u8 {
    let memory = shared(bytes);
    heap::seal();
    limit_data();
    // SAFETY: mapped for this purpose, and this process has one thread.
    unsafe { heap::enter(memory, bytes) };
    memory
}

fn inside<T>(memory: *mut u8, ptr: *const T) -> bool {
    ptr.addr().wrapping_sub(memory.addr()) < BYTES
}

fn rust_and_c_work_until_it_is_full() {
    let early = [String::from("made before the seal")];
    let memory = enter(BYTES);
    let before = writable();
    for _ in 0..3 {
        let start = heap::usage();
        let mut kept = Vec::new();
        let mut blocks = Vec::new();
        let mut rounds = 0;
        loop {
            let mut text = String::new();
            if text.try_reserve(300).is_err() || kept.try_reserve(1).is_err() {
                break;
            }
            for number in 0..50 {
                use std::fmt::Write;
                write!(text, "{number},").expect("room was reserved");
            }
            assert!(inside(memory, text.as_ptr()));
            kept.push(Box::new(text));
            if blocks.try_reserve(1).is_err() || !c_library(memory, rounds, &mut blocks) {
                break;
            }
            rounds += 1;
        }
        assert!(rounds > 100, "{rounds}");
        let full = heap::usage();
        assert!(full.peak <= BYTES && full.used > BYTES / 2 && full.limit == BYTES, "{full:?}");
        assert!(full.refused_bytes > 0);
        assert!(kept.iter().all(|text| text.starts_with("0,1,2,") && text.ends_with("48,49,")));
        drop(kept);
        for block in blocks {
            // SAFETY: given out by C and freed once.
            unsafe { libc::free(block) };
        }
        if start.used > 0 {
            assert_eq!(heap::usage().used, start.used, "something leaked");
        }
    }
    assert_eq!(writable(), before, "memory was mapped after the seal");
    assert_eq!(early[0], "made before the seal");
    // Nearly all of it can be had in one piece.
    let mut whole = Vec::<u8>::new();
    whole.try_reserve_exact(BYTES / 100 * 90).expect("the heap is whole again");
}

extern "C" fn compare(one: *const c_void, two: *const c_void) -> c_int {
    // SAFETY: `qsort` passes places of the array.
    unsafe { one.cast::<u32>().read().cmp(&two.cast::<u32>().read()) as c_int }
}

/// Uses the parts of libc that allocate. False if one of them was refused memory.
fn c_library(memory: *mut u8, round: u32, blocks: &mut Vec<*mut c_void>) -> bool {
    // SAFETY: C's rules are kept; null is checked wherever memory may be refused.
    unsafe {
        let text = libc::strdup(c"a text to duplicate".as_ptr());
        if text.is_null() {
            assert_eq!(heap_support::errno(), libc::ENOMEM);
            return false;
        }
        assert!(inside(memory, text));
        assert_eq!(CStr::from_ptr(text), c"a text to duplicate");
        blocks.push(text.cast());

        let numbers = libc::calloc(100, 4).cast::<u32>();
        if numbers.is_null() {
            return false;
        }
        for index in 0..100 {
            assert_eq!(numbers.add(index).read(), 0);
            numbers.add(index).write(index as u32 * 7919 % 100 + round);
        }
        libc::qsort(numbers.cast(), 100, 4, Some(compare));
        assert!((0..100).all(|index| numbers.add(index).read() == index as u32 + round));
        let grown = libc::realloc(numbers.cast(), 1000).cast::<u32>();
        if grown.is_null() {
            libc::free(numbers.cast());
            return false;
        }
        assert!((0..100).all(|index| grown.add(index).read() == index as u32 + round));
        libc::free(grown.cast());

        let mut aligned = std::ptr::null_mut();
        if libc::posix_memalign(&raw mut aligned, 256, 300) != 0 {
            return false;
        }
        assert!(inside(memory, aligned) && aligned.addr().is_multiple_of(256));
        aligned.cast::<u8>().write_bytes(1, 300);
        libc::free(aligned);

        let file = libc::fopen(c"/proc/self/status".as_ptr(), c"r".as_ptr());
        if file.is_null() {
            return false;
        }
        let (mut line, mut room) = (std::ptr::null_mut(), 0);
        let read = libc::getline(&raw mut line, &raw mut room, file);
        assert!(read < 0 || inside(memory, line));
        libc::free(line.cast());
        libc::fclose(file);
        let printed = libc::printf(c"".as_ptr());
        read > 0 && printed == 0
    }
}

fn without_a_heap_everything_is_refused() {
    let early = Box::new(5);
    // SAFETY: freed once.
    let block = unsafe { libc::malloc(100) };
    heap::seal();
    assert_eq!(heap::refused(), None);
    let mut list = Vec::<u8>::new();
    assert!(list.try_reserve_exact(777).is_err());
    let refused = heap::refused().expect("a record");
    assert_eq!((refused.bytes, refused.align, refused.count), (777, 1, 1));
    // SAFETY: as C requires.
    unsafe {
        assert!(libc::malloc(10).is_null());
        assert_eq!(heap_support::errno(), libc::ENOMEM);
        assert_eq!(libc::realloc(block, 50), block, "what is there already is no growth");
        assert!(libc::realloc(block, 101).is_null());
        libc::free(block);
    }
    let used = heap::usage().used;
    drop(early);
    assert_eq!(heap::usage().used, used, "the set-up heap is frozen");
}

#[inline(never)]
fn asks_too_much() -> bool {
    Vec::<u8>::new().try_reserve_exact(std::hint::black_box(10 * BYTES)).is_err()
}

fn a_refusal_names_its_place() {
    enter(BYTES);
    assert!(asks_too_much());
    let refused = heap::refused().expect("a record");
    let start = (asks_too_much as fn() -> bool) as usize;
    let here = |address: &usize| address.wrapping_sub(start) < 4096;
    assert!(refused.frames.iter().any(here), "{:x?} {start:x}", refused.frames);
}

/// Takes all there is, so that not even 32 bytes are left.
fn exhaust() {
    for size in [4096, 256, 64, 1] {
        // SAFETY: kept for ever.
        while !unsafe { libc::malloc(size) }.is_null() {}
    }
    assert!(Vec::<u8>::new().try_reserve_exact(1).is_err());
}

fn a_panic_survives_a_full_heap() {
    std::panic::set_hook(Box::new(|_| {}));
    enter(BYTES);
    exhaust();
    let refused = heap::refused().expect("a record").count;
    let mut longest = String::new();
    for round in 0..1_000 {
        let (one, two) = (round, "and a text that is longer than a small message");
        let payload = catch_unwind(|| panic!("{one} {two}")).expect_err("it panics");
        let message = payload.downcast::<String>().expect("a formatted message");
        let (number, text) = message.split_once(' ').expect("two parts");
        assert_eq!((number.parse(), text), (Ok(round), two));
        assert!(Vec::<u8>::new().try_reserve_exact(1).is_err(), "the reserve is for panics only");
        // One message is kept while others come and go.
        if round == 500 {
            longest = *message;
        }
    }
    assert!(longest.starts_with("500 and"));
    assert_eq!(heap::refused().expect("a record").count, refused + 1_000);
    // A message that outgrows the reserve is an abort, not a hang.
    // SAFETY: one thread. The heap is full, so nothing here may allocate.
    unsafe {
        let (child, mut status) = (libc::fork(), 0);
        if child == 0 {
            libc::close(2);
            let _ = catch_unwind(|| panic!("{:>20000}", 1));
            libc::_exit(0);
        }
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGABRT);
    }
}

fn an_abort_for_lack_of_memory_can_be_told() {
    // The record must survive until a handler of the signal looks at it.
    extern "C" fn handler(_: c_int) {
        let asked = heap::refused().map_or(0, |refused| refused.bytes);
        let right = asked == 3 * BYTES && heap::usage().limit == BYTES;
        // SAFETY: ends the process.
        unsafe { libc::_exit(if right { 42 } else { 43 }) }
    }
    let (status, _) = in_child(|| {
        let handler: extern "C" fn(c_int) = handler;
        // SAFETY: the handler only reads atomics and ends the process.
        unsafe { libc::signal(libc::SIGABRT, handler as libc::sighandler_t) };
        enter(BYTES);
        std::hint::black_box(vec![1_u8; 3 * BYTES]);
    });
    assert!(matches!(status, WaitStatus::Exited(_, 42)), "{status:?}");
}

fn is_untouched(memory: *mut u8, page: usize) -> bool {
    // SAFETY: readable; only this test knows the pattern.
    unsafe { std::slice::from_raw_parts(memory.add(page * 4096), 4096) }.iter().all(|byte| *byte == 0xa5)
}

fn the_unused_heap_is_not_touched() {
    let early = vec![1, 2, 3];
    let memory = enter(BYTES);
    drop(early);
    assert!((0..BYTES / 4096).all(|page| is_untouched(memory, page)));
    assert_eq!((heap::usage().used, heap::usage().limit), (0, BYTES));
}

fn a_little_use_touches_two_pages() {
    let memory = enter(BYTES);
    let list = [Box::new([1_u64; 8]), Box::new([2; 8]), Box::new([3; 8])];
    let text = String::from("a text");
    assert!(inside(memory, text.as_ptr()) && inside(memory, list[2].as_ptr()));
    let touched = (0..BYTES / 4096).filter(|page| !is_untouched(memory, *page)).count();
    assert_eq!(touched, 2);
}

fn garbage_of_a_predecessor_is_not_trusted() {
    let memory = shared(BYTES);
    for value in [0, 0xff, 0x01, 0x55] {
        // A predecessor that used the heap and then overwrote parts of it.
        let (status, output) = in_child(|| {
            heap::seal();
            // SAFETY: mapped for this purpose.
            unsafe {
                heap::enter(memory, BYTES);
                for _ in 0..100 {
                    let block = libc::malloc(500);
                    block.cast::<u8>().write_bytes(value, 500);
                }
                memory.add(BYTES - 3000).write_bytes(value, 2000);
            }
        });
        assert!(matches!(status, WaitStatus::Exited(_, 0)), "{output}");
        let (status, output) = in_child(|| {
            heap::seal();
            // SAFETY: mapped for this purpose.
            unsafe { heap::enter(memory, BYTES) };
            exhaust();
            let used = heap::usage().used;
            assert!(used > BYTES / 10 * 9 && used <= BYTES);
        });
        assert!(matches!(status, WaitStatus::Exited(_, 0)), "{output}");
    }
}

/// A block that a predecessor left where it is, header and all, is no block of this process.
fn a_block_of_a_predecessor_cannot_be_freed() {
    let (memory, place) = (shared(BYTES), AtomicUsize::new(0));
    let place: *mut AtomicUsize = {
        let page = shared(4096);
        #[allow(clippy::cast_ptr_alignment)] // a page
        let page = page.cast::<AtomicUsize>();
        // SAFETY: a page has room for it.
        unsafe { page.write(place) };
        page
    };
    for predecessor in [true, false] {
        let (status, output) = in_child(|| {
            heap::seal();
            // SAFETY: mapped for this purpose; the second free is wrong on purpose.
            unsafe {
                heap::enter(memory, BYTES);
                if predecessor {
                    let _first = libc::malloc(500);
                    (*place).store(libc::malloc(500).addr(), Ordering::Relaxed);
                } else {
                    let stale = (*place).load(Ordering::Relaxed);
                    libc::free(memory.with_addr(stale).cast());
                }
            }
        });
        match status {
            WaitStatus::Exited(_, 0) => assert!(predecessor),
            WaitStatus::Signaled(_, Signal::SIGABRT, _) => {
                assert!(!predecessor && output.contains("free of what is no live block"));
            }
            _ => panic!("{status:?} {output}"),
        }
    }
}

fn threads_share_an_entered_heap() {
    let memory = shared(16 * BYTES);
    heap::seal();
    // SAFETY: mapped for this purpose. No limit: the stacks of std's threads need memory.
    unsafe { heap::enter(memory, 16 * BYTES) };
    std::thread::scope(|scope| {
        for seed in 0..4_usize {
            scope.spawn(move || {
                let mut lists: Vec<Vec<usize>> = vec![Vec::new(); 64];
                for step in 0..200_000 {
                    let list = &mut lists[step * 31 % 64];
                    if list.len() > 200 {
                        assert!(list.iter().all(|value| *value == seed));
                        *list = Vec::new();
                    }
                    list.push(seed);
                }
            });
        }
    });
    assert!(heap::usage().used < 16 * BYTES);
}

type Misuse = (&'static str, fn(*mut u8));

#[allow(clippy::undocumented_unsafe_blocks)] // each is wrong on purpose
fn misuse_ends_in_one_line() {
    let cases: [Misuse; 9] = [
        ("free of", |block| unsafe {
            libc::free(block.cast());
            libc::free(block.cast());
        }),
        ("free of", |block| unsafe {
            // The neighbours are free as well, so the block becomes part of another.
            let (before, after) = (block.sub(96), block.add(96));
            libc::free(before.cast());
            libc::free(after.cast());
            libc::free(block.cast());
            libc::free(block.cast());
        }),
        ("free of", |block| unsafe {
            libc::free(block.add(16).cast());
        }),
        ("free of", |block| unsafe {
            libc::free(block.add(3).cast());
        }),
        ("free of", |block| unsafe {
            block.sub(1).write(7);
            libc::free(block.cast());
        }),
        ("free of", |block| unsafe {
            // Writing past the end reaches the next block's header.
            block.write_bytes(0x41, 96);
            libc::free(block.add(96).cast());
        }),
        ("realloc of", |block| unsafe {
            libc::free(block.cast());
            libc::realloc(block.cast(), 200);
        }),
        ("free of", |block| unsafe {
            let layout = std::alloc::Layout::new::<[u8; 64]>();
            std::alloc::dealloc(block, layout);
            std::alloc::dealloc(block, layout);
        }),
        ("malloc_usable_size of", |block| unsafe {
            std::hint::black_box(libc::malloc_usable_size(block.add(32).cast()));
        }),
    ];
    for (index, (call, case)) in cases.into_iter().enumerate() {
        let (status, output) = in_child(|| {
            enter(BYTES);
            // SAFETY: three blocks in a row; what follows is wrong on purpose.
            unsafe {
                let blocks = [64, 64, 64, 64].map(|size| libc::malloc(size).cast::<u8>());
                assert_eq!(blocks[0].wrapping_add(96), blocks[1]);
                case(blocks[1]);
            }
        });
        let line = format!("perennial: heap: {call} what is no live block");
        assert!(output.starts_with(&line) && output.lines().count() == 1, "{index}: {output}");
        assert!(matches!(status, WaitStatus::Signaled(_, Signal::SIGABRT, _)), "{index}: {status:?}");
    }
}

fn a_heap_too_small_refuses() {
    for bytes in [0, 1, 64, 2048, 3700] {
        let (status, output) = in_child(|| {
            let memory = shared(4096);
            heap::seal();
            // SAFETY: mapped for this purpose.
            unsafe { heap::enter(memory, bytes) };
            assert!(Vec::<u8>::new().try_reserve_exact(64).is_err());
        });
        assert!(matches!(status, WaitStatus::Exited(_, 0)), "{bytes}: {output}");
    }
}

//! A transaction's heap: its daemon's is read-only there, and what was inherited from it can be
//! freed, which does nothing, and grown, which copies.

mod heap_support;

use std::ffi::c_void;

use heap_support::{assert_ends, limit_data, shared};
use perennial::heap;

#[global_allocator]
static HEAP: perennial::__private::Heap = perennial::__private::Heap::new();
perennial::__private::c_heap!();

const DAEMON: usize = 1 << 20;
const SCRATCH: usize = 256 << 10;

fn main() {
    heap_support::main(&[
        ("inherited_memory_is_freed_and_grown", inherited_memory_is_freed_and_grown),
        ("nested_transactions_have_their_own", nested_transactions_have_their_own),
        ("the_library_can_write_in_a_transaction", the_library_can_write_in_a_transaction),
        ("a_slot_is_as_new_for_each_attempt", a_slot_is_as_new_for_each_attempt),
        ("a_foreign_block_cannot_be_grown", a_foreign_block_cannot_be_grown),
    ]);
}

/// Makes this process a daemon, runs `body` in it with its heap and a slot.
fn daemon() -> (*mut u8, *mut u8) {
    let (heap, slot) = (shared(DAEMON), shared(SCRATCH));
    heap::seal();
    limit_data();
    // SAFETY: mapped for this purpose, and this process has one thread.
    unsafe { heap::enter(heap, DAEMON) };
    (heap, slot)
}

/// The first acts of a transaction.
fn enter(parent: *mut u8, bytes: usize, slot: *mut u8) {
    // SAFETY: the parent's mapping, and a slot that is this process's own.
    unsafe {
        assert_eq!(libc::mprotect(parent.cast(), bytes, libc::PROT_READ), 0);
        heap::enter(slot, SCRATCH);
    }
}

fn inside<T>(memory: *mut u8, bytes: usize, ptr: *const T) -> bool {
    ptr.addr().wrapping_sub(memory.addr()) < bytes
}

fn inherited_memory_is_freed_and_grown() {
    let early = String::from("made by set-up");
    // SAFETY: freed by the transaction.
    let early_block = unsafe { libc::strdup(c"made by set-up".as_ptr()) };
    let (heap, slot) = daemon();
    let mut list: Vec<u32> = (0..1000).collect();
    list.shrink_to_fit();
    let text = String::from("made by the daemon");
    let boxes: Vec<Box<u64>> = (0..50).map(Box::new).collect();
    // SAFETY: C's rules are kept.
    let block = unsafe {
        let block = libc::malloc(300).cast::<u8>();
        block.write_bytes(3, 300);
        block
    };
    assert!(inside(heap, DAEMON, list.as_ptr()) && inside(heap, DAEMON, block));
    let before = heap::usage();

    assert_ends(|| {
        enter(heap, DAEMON, slot);
        let (mut list, mut early, mut text) = (list.clone(), early.clone(), text.clone());
        assert!(inside(slot, SCRATCH, list.as_ptr()));
        early.push('!');
        text.push('!');
        list.push(1);
    });
    assert_ends(|| {
        enter(heap, DAEMON, slot);
        // SAFETY: the originals are only used by the parent, in its own process.
        let (mut list, text, mut early, boxes) = unsafe {
            (
                std::ptr::read(&raw const list),
                std::ptr::read(&raw const text),
                std::ptr::read(&raw const early),
                std::ptr::read(&raw const boxes),
            )
        };
        // Growing copies, and the copy can be written.
        list.push(1000);
        assert!(inside(slot, SCRATCH, list.as_ptr()));
        list[0] = 7;
        assert!(list.iter().skip(1).copied().eq(1..=1000));
        list.shrink_to_fit();
        early.push_str(" and grown by the transaction");
        assert_eq!(early, "made by set-up and grown by the transaction");
        drop((text, boxes, early));
        // SAFETY: C's rules are kept.
        unsafe {
            let grown = libc::realloc(block.cast(), 5000).cast::<u8>();
            assert!(inside(slot, SCRATCH, grown));
            assert_eq!(libc::malloc_usable_size(grown.cast()), 5000);
            assert!(std::slice::from_raw_parts(grown, 300).iter().all(|byte| *byte == 3));
            grown.write_bytes(4, 5000);
            libc::free(grown.cast());
            libc::free(block.cast());
            let early = libc::realloc(early_block.cast(), 100).cast::<libc::c_char>();
            assert!(inside(slot, SCRATCH, early));
            assert_eq!(std::ffi::CStr::from_ptr(early), c"made by set-up");
            libc::free(early.cast());
            libc::free(early_block.cast());
            // Shrinking copies as well: whoever asks means to go on writing.
            let smaller = libc::realloc(block.cast(), 100);
            assert!(inside(slot, SCRATCH, smaller));
        }
        drop(list);
    });

    // Nothing of it reached the daemon.
    assert_eq!(heap::usage(), before);
    assert!(list.iter().copied().eq(0..1000) && text == "made by the daemon");
    assert!(boxes.iter().enumerate().all(|(index, value)| **value == index as u64));
    // SAFETY: allocated above.
    unsafe {
        assert!(std::slice::from_raw_parts(block, 300).iter().all(|byte| *byte == 3));
        libc::free(block.cast());
    }
    drop((list, text, boxes));
    assert!(heap::usage().used < before.used);
}

fn nested_transactions_have_their_own() {
    let (heap, slot) = daemon();
    let inner = {
        let inner = shared(SCRATCH);
        assert!(!inner.is_null());
        inner
    };
    let list = vec![1_u8; 100];
    assert_ends(move || {
        enter(heap, DAEMON, slot);
        let mut list = list;
        list.push(2);
        assert_ends(move || {
            enter(slot, SCRATCH, inner);
            let mut list = list;
            list.reserve(1000);
            list.push(3);
            assert!(inside(inner, SCRATCH, list.as_ptr()));
            assert_eq!(list[99..], [1, 2, 3]);
        });
    });
}

fn the_library_can_write_in_a_transaction() {
    let (heap, slot) = daemon();
    // First used by the daemon.
    print!(" ");
    // SAFETY: a plain call.
    unsafe { libc::printf(c" ".as_ptr()) };
    let name = std::thread::current();
    assert_ends(|| {
        enter(heap, DAEMON, slot);
        print!(" ");
        // SAFETY: plain calls. What is in the buffers is thrown away with the process.
        unsafe { libc::printf(c" %d %s ".as_ptr(), 1, c"text".as_ptr()) };
        let again = std::thread::current();
        assert_eq!(again.id(), name.id());
        let message = std::panic::catch_unwind(|| {
            panic!("{} {}", std::hint::black_box(1), std::hint::black_box("two"))
        })
        .expect_err("a panic");
        assert_eq!(*message.downcast::<String>().expect("a message"), "1 two");
        let map: std::collections::HashMap<u8, u8> = (0..100).map(|key| (key, key)).collect();
        assert_eq!(map[&7], 7);
    });
}

fn a_slot_is_as_new_for_each_attempt() {
    let (heap, slot) = daemon();
    assert!(Vec::<u8>::new().try_reserve_exact(DAEMON).is_err());
    assert!(heap::refused().is_some());
    for attempt in 0..200_u8 {
        assert_ends(|| {
            enter(heap, DAEMON, slot);
            assert_eq!((heap::usage().used, heap::refused()), (0, None));
            // Takes nearly all of it and ends without freeing.
            let mut most = Vec::<u8>::new();
            most.try_reserve_exact(SCRATCH / 100 * 90).expect("room");
            most.resize(SCRATCH / 100 * 90, attempt);
            assert!(most.try_reserve_exact(SCRATCH).is_err());
            std::mem::forget(most);
        });
    }
}

fn a_foreign_block_cannot_be_grown() {
    let (heap, slot) = daemon();
    let foreign = shared(4096).wrapping_add(256).cast::<c_void>();
    let (status, output) = heap_support::in_child(|| {
        enter(heap, DAEMON, slot);
        // SAFETY: the size of such a block is unknown, so it must not be guessed.
        unsafe {
            libc::free(foreign);
            libc::realloc(foreign, 100);
        }
    });
    assert!(output.contains("realloc of what is no live block"), "{output} {status:?}");
}

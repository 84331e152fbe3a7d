//! The list that the locks share with libc's own robust mutexes.

use crate::family::{Child, Shared, must};
use perennial::locks::{LockError, Mutex};
use perennial::prelude::*;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

#[daemon(mem = "128KiB")]
struct Press {
    drum: perennial::locks::Shared<Mutex<u32>>,
}

#[repr(C)]
struct Memory {
    ours: [Mutex<u64>; 4],
    theirs: [UnsafeCell<libc::pthread_mutex_t>; 2],
}

fn memory() -> Shared<Memory> {
    // SAFETY: locks of all-zero; libc's are made below before anybody uses them.
    let memory: Shared<Memory> = unsafe { Shared::zeroed() };
    for mutex in &memory.theirs {
        // SAFETY: fills a local and the mutex.
        unsafe {
            let mut kind: libc::pthread_mutexattr_t = std::mem::zeroed();
            assert_eq!(libc::pthread_mutexattr_init(&raw mut kind), 0);
            assert_eq!(libc::pthread_mutexattr_setpshared(&raw mut kind, libc::PTHREAD_PROCESS_SHARED), 0);
            assert_eq!(libc::pthread_mutexattr_setrobust(&raw mut kind, libc::PTHREAD_MUTEX_ROBUST), 0);
            assert_eq!(libc::pthread_mutex_init(mutex.get(), &raw const kind), 0);
        }
    }
    memory
}

/// Nodes on the calling thread's list.
fn nodes() -> usize {
    let (mut head, mut size) = (std::ptr::null_mut::<usize>(), 0_usize);
    // SAFETY: fills two locals; then follows a list that is whole.
    unsafe {
        assert_eq!(libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut size), 0);
        let mut at = *head;
        let mut count = 0;
        while at != head as usize {
            at = *(at as *const usize);
            count += 1;
        }
        count
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Ours(usize),
    Theirs(usize),
}

/// All orders of taking the five locks, and a few of releasing them: after each step the list holds what is held.
#[test]
fn any_order_among_ours_and_theirs_leaves_the_list_whole() {
    let memory = memory();
    let locks = [Step::Ours(0), Step::Theirs(0), Step::Ours(1), Step::Theirs(1), Step::Ours(2)];
    drop(memory.ours[0].lock());
    let empty = nodes();
    let mut random = 0x5eed_0006_u64;
    for round in 0..5_000 {
        let mut shuffled = || {
            let mut order = locks;
            for last in (1..order.len()).rev() {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                order.swap(last, random as usize % (last + 1));
            }
            order
        };
        let mut guards = [const { None }; 3];
        for (taken, &lock) in shuffled().iter().enumerate() {
            match lock {
                Step::Ours(n) => guards[n] = Some(memory.ours[n].lock().expect("nobody died")),
                // SAFETY: an initialised mutex.
                Step::Theirs(n) => assert_eq!(unsafe { libc::pthread_mutex_lock(memory.theirs[n].get()) }, 0),
            }
            assert_eq!(nodes(), empty + taken + 1, "round {round}");
        }
        for (released, &lock) in shuffled().iter().enumerate() {
            match lock {
                Step::Ours(n) => guards[n] = None,
                Step::Theirs(n) => {
                    // SAFETY: an initialised mutex, held.
                    assert_eq!(unsafe { libc::pthread_mutex_unlock(memory.theirs[n].get()) }, 0);
                }
            }
            assert_eq!(nodes(), empty + locks.len() - released - 1, "round {round}");
        }
    }
}

#[test]
fn of_both_kinds_all_that_a_dead_owner_held_is_told() {
    let memory = memory();
    let owner = Child::run(|| {
        for n in 0..2 {
            std::mem::forget(memory.ours[n].lock());
            // SAFETY: an initialised mutex.
            must(unsafe { libc::pthread_mutex_lock(memory.theirs[n].get()) } == 0);
        }
        drop(memory.ours[3].lock());
    });
    assert!(owner.succeeded());
    for n in 0..2 {
        assert!(matches!(memory.ours[n].lock(), Err(LockError::Inconsistent(_))));
        // SAFETY: an initialised mutex.
        assert_eq!(unsafe { libc::pthread_mutex_lock(memory.theirs[n].get()) }, libc::EOWNERDEAD);
        // SAFETY: held by this thread.
        unsafe {
            libc::pthread_mutex_consistent(memory.theirs[n].get());
            libc::pthread_mutex_unlock(memory.theirs[n].get());
        }
    }
    assert!(memory.ours[3].lock().is_ok());
}

#[test]
fn a_damaged_node_leads_nobody_astray() {
    let memory = memory();
    let guard = memory.ours[0].lock().expect("new");
    let inner = memory.ours[1].lock().expect("new");
    let before = nodes();
    // SAFETY: what a wild store of another process could do to the node behind the lock's word.
    unsafe {
        let node = (&raw const memory.ours[1]).cast::<u8>().add(32).cast_mut().cast::<usize>();
        assert_ne!(node.read(), 0, "the node is not where this test takes it to be");
        node.write_volatile(node as usize);
        drop(guard);
        node.write_volatile(0xdead_bee8);
    }
    drop(inner);
    assert_eq!(nodes(), before - 2);
}

/// A lock that is not the family's may be gone while its guard is only forgotten: then nothing leads there, and nothing is
/// written there any more.
#[test]
fn a_forgotten_guard_of_a_lock_that_is_gone_is_no_part_of_the_list() {
    const PATTERN: u8 = 0xa5;
    let outer = Mutex::new(0_u64);
    drop(outer.lock());
    let before = nodes();
    let guard = outer.lock();
    let mut place = Box::new(MaybeUninit::<Mutex<u64>>::uninit());
    std::mem::forget(place.write(Mutex::new(0)).lock());
    assert_eq!(nodes(), before);
    // SAFETY: the lock in there is used no more; bytes are written and read.
    unsafe { place.as_mut_ptr().cast::<u8>().write_bytes(PATTERN, size_of::<Mutex<u64>>()) };
    drop(guard);
    // SAFETY: all of it was written just before.
    let bytes = unsafe { std::slice::from_raw_parts(place.as_ptr().cast::<u8>(), size_of::<Mutex<u64>>()) };
    assert!(bytes.iter().all(|&byte| byte == PATTERN));
    assert!(outer.try_lock().is_ok());
}

/// The same for a field of a `Scratch`, which stands for the family's memory, and is none.
#[test]
fn a_scratch_that_is_gone_is_no_part_of_the_list() {
    drop(memory().ours[0].lock());
    let before = nodes();
    let scratch = Scratch::<Press>::new();
    std::mem::forget(scratch.state().drum.lock());
    drop(scratch);
    assert_eq!(nodes(), before);
}

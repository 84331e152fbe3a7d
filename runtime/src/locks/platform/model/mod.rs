//! The platform as loom sees it: its atomics, and a model of what the kernel does for futexes and robust lists.
//!
//! A thread that was told to [`die`] does so before one of its accesses to shared memory, as SIGKILL may have it do:
//! the model walks its robust list as `exit_robust_list` of the kernel does (Documentation/locking/robust-futex-ABI),
//! and nothing of the thread runs any more. Futexes compare and queue under one lock, word for word in order, as
//! `futex_waitv` does; a wake-up takes the longest waiter.

use core::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

mod futex;

pub use futex::{Expected, MOST, NO_WORD, after, low, wait, wake, wakes, whole};
pub use loom::sync::atomic::{Ordering, fence};

const WAITERS: u64 = 0x8000_0000;
const DIED: u64 = 0x4000_0000;
const OWNER: u64 = 0x3fff_ffff;

/// Order of the instructions of one thread, which loom keeps.
pub fn compiler_fence(_: Ordering) {}

/// What a dead thread unwinds with.
struct Death;

struct Me {
    tid: Cell<u32>,
    /// Steps until it dies; negative for never.
    left: Cell<i32>,
    dead: Cell<bool>,
    pending: Cell<*const AtomicU64>,
    held: RefCell<Vec<*const AtomicU64>>,
}

loom::thread_local! {
    static ME: Me = Me {
        tid: Cell::new(0),
        left: Cell::new(-1),
        dead: Cell::new(false),
        pending: Cell::new(core::ptr::null()),
        held: RefCell::new(Vec::new()),
    };
}

/// Runs `work` as the thread `tid`, which dies before its step `death`, if that is given. Returns whether it has come to
/// the end. The next run is the next incarnation, which sees all that this one has done.
pub fn run(tid: u32, death: Option<i32>, work: impl FnOnce()) -> bool {
    ME.with(|me| {
        me.tid.set(tid);
        me.dead.set(false);
        me.pending.set(core::ptr::null());
        me.left.set(death.unwrap_or(-1));
    });
    let ended = catch_unwind(AssertUnwindSafe(work));
    match ended {
        Ok(()) => {
            // It lives on: a thread that ends has the kernel wake somebody in its place, which must not be needed.
            ME.with(|me| me.dead.set(true));
            true
        }
        Err(why) if why.is::<Death>() => false,
        Err(why) => resume_unwind(why),
    }
}

/// Runs a part of a thread in which it does not die, nor are its steps counted.
pub fn spared<R>(work: impl FnOnce() -> R) -> R {
    let left = ME.with(|me| me.left.replace(-1));
    let result = work();
    ME.with(|me| me.left.set(left));
    result
}

/// One access to shared memory.
fn step() {
    let dies = ME.with(|me| {
        if me.dead.get() {
            return false;
        }
        let left = me.left.get();
        me.left.set((left - 1).max(-1));
        left == 0
    });
    if dies {
        ME.with(|me| {
            me.dead.set(true);
            me.exit();
        });
        resume_unwind(Box::new(Death));
    }
}

impl Me {
    /// What the kernel does for a thread that ends.
    fn exit(&self) {
        let pending = self.pending.get();
        let held = core::mem::take(&mut *self.held.borrow_mut());
        for word in held.into_iter().rev().filter(|&word| word != pending) {
            self.handle_death(word, false);
        }
        if !pending.is_null() {
            self.handle_death(pending, true);
        }
    }

    /// `handle_futex_death` of the kernel.
    fn handle_death(&self, word: *const AtomicU64, pending: bool) {
        // SAFETY: a test keeps its locks as long as its threads.
        let word = unsafe { &*word };
        let mut now = word.seen();
        loop {
            if pending && now & OWNER == 0 {
                wake(low(word), 1);
                return;
            }
            if now & OWNER != u64::from(self.tid.get()) {
                return;
            }
            let marked = now & !OWNER | DIED;
            match word.0.compare_exchange(now, marked, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    if now & WAITERS != 0 {
                        wake(low(word), 1);
                    }
                    return;
                }
                Err(other) => now = other,
            }
        }
    }
}

macro_rules! atomic {
    ($name:ident, $number:ty) => {
        /// Loom's, with a step of the model at each access.
        pub struct $name(loom::sync::atomic::$name);

        impl $name {
            pub fn new(value: $number) -> Self {
                Self(loom::sync::atomic::$name::new(value))
            }

            pub fn load(&self, order: Ordering) -> $number {
                step();
                self.0.load(order)
            }

            pub fn store(&self, value: $number, order: Ordering) {
                step();
                self.0.store(value, order);
            }

            pub fn fetch_add(&self, value: $number, order: Ordering) -> $number {
                step();
                self.0.fetch_add(value, order)
            }

            pub fn compare_exchange(
                &self,
                current: $number,
                new: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                step();
                self.0.compare_exchange(current, new, success, failure)
            }

            /// The value as the kernel reads it.
            fn seen(&self) -> $number {
                self.0.load(Ordering::Acquire)
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);

/// What a lock guards; loom finds accesses that race.
pub struct Data<T>(loom::cell::UnsafeCell<T>);

impl<T> Data<T> {
    pub fn new(value: T) -> Self {
        Self(loom::cell::UnsafeCell::new(value))
    }

    /// For reading.
    pub fn get(&self) -> *const T {
        step();
        self.0.with(|value| value)
    }

    /// For writing.
    pub fn get_mut(&self) -> *mut T {
        step();
        self.0.with_mut(|value| value)
    }
}

/// Nothing: the model keeps its lists elsewhere.
pub struct Links;

impl Links {
    pub fn new() -> Self {
        Self
    }
}

/// The calling thread, and the word that it is about to take, release or watch.
#[derive(Clone, Copy)]
pub struct Thread(*const AtomicU64);

impl Thread {
    pub fn current() -> Self {
        Self(core::ptr::null())
    }

    pub fn at(word: &AtomicU64) -> Self {
        Self(word)
    }

    pub fn is_dead() -> bool {
        ME.with(|me| me.dead.get())
    }

    pub fn tid(self) -> u32 {
        ME.with(|me| me.tid.get())
    }

    pub fn begin(self) {
        step();
        ME.with(|me| me.pending.set(self.0));
    }

    pub fn end(self) {
        step();
        ME.with(|me| me.pending.set(core::ptr::null()));
    }

    pub fn hold(self) {
        step();
        ME.with(|me| me.held.borrow_mut().push(self.0));
        self.end();
    }

    pub fn let_go(self) {
        self.begin();
        step();
        ME.with(|me| me.held.borrow_mut().retain(|&held| held != self.0));
    }
}

//! The calling thread: its TID and its robust list.
//!
//! The kernel walks the list of a thread that dies, marks every word on it that holds the thread's TID as `DIED`, and
//! wakes one waiter of each. `pending` in the head of the list names the word that is just being taken or released,
//! so that there is no instruction at which a death is missed.
//!
//! A thread has one list only, the one that libc has registered. Ours are in a section of it, between two nodes in the
//! thread's own memory that belong to no lock: libc puts its own before the section or has them behind it, and in
//! changing those it changes at most the outer links of the two.
//!
//! Only words that the family shares are linked ([`HOT`]`.family`): that memory stays where it is until the process
//! ends, so that a guard that was forgotten leaves no link to memory that is used for something else. Any other lock is
//! of one process, which dies as a whole; whoever forgets its guard has locked it for ever, as with std's.
//!
//! Nodes lie in memory that other processes write as well. So what the thread holds, in which order, stands in its own
//! memory too, and a node is written and never read.

use super::real::AtomicU64;
use crate::hot::HOT;
use crate::sys::robust::{self, Head};
use core::cell::{Cell, UnsafeCell};
use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};
use std::sync::Once;

/// Most locks, permits and read locks together that one thread may hold.
pub const HELD: usize = 128;

/// From a word to its node, in bytes, as libc has it.
const DISTANCE: usize = 32;

/// Where the two nodes around the section lie in [`Me::ends`]. The word that the kernel looks at for each is zero, and
/// so nobody's; libc's back pointer is in front of the node.
const FIRST: usize = 7;
const LAST: usize = 15;

struct Me {
    /// 0 until the thread has used a lock, and again in a forked child.
    tid: Cell<u32>,
    len: Cell<usize>,
    head: Cell<*mut Head>,
    ends: UnsafeCell<[usize; LAST + 1]>,
    /// The end of the section, then the nodes of what is held, oldest first: each leads to the one before it here.
    held: [Cell<*mut usize>; HELD + 1],
    /// For a libc that has registered no list.
    own: UnsafeCell<Head>,
}

thread_local! {
    static ME: Me = const {
        Me {
            tid: Cell::new(0),
            len: Cell::new(0),
            head: Cell::new(ptr::null_mut()),
            ends: UnsafeCell::new([0; LAST + 1]),
            held: [const { Cell::new(ptr::null_mut()) }; HELD + 1],
            own: UnsafeCell::new(Head::new()),
        }
    };
}

extern "C" fn in_child() {
    // libc has emptied the child's list, and what the parent holds is not the child's.
    ME.with(|me| {
        // Read first: a store would copy the page.
        if me.tid.get() != 0 {
            me.tid.set(0);
        }
    });
}

impl Me {
    #[cold]
    fn register(&self) {
        static FORKED: Once = Once::new();
        FORKED.call_once(|| {
            // SAFETY: registers a function that writes a thread's own word.
            let refused = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
            assert_eq!(refused, 0, "no memory for noticing forks");
        });
        // SAFETY: `own` belongs to this thread and lives as long as it.
        let head =
            unsafe { robust::head(self.own.get()) }.expect("the kernel keeps a robust list for each thread");
        // SAFETY: the kernel or libc has answered with the head of this thread.
        let offset = unsafe { (*head).futex_offset };
        assert_eq!(offset, -(DISTANCE as libc::c_long), "a robust list with nodes of an unknown shape");
        self.head.set(head);
        let (first, last) = (self.end(FIRST), self.end(LAST));
        // SAFETY: the list is this thread's own, and whole; the two nodes stay as long as the thread. They are put in as
        // libc puts in its own, and first led on, then led to.
        unsafe {
            let follower = (*head).first;
            last.write_volatile(follower.addr());
            last.sub(1).write_volatile(first.addr());
            first.write_volatile(last.addr());
            first.sub(1).write_volatile(head.addr());
            if follower != head.cast() {
                follower.map_addr(|a| a & !1).sub(1).write_volatile(last.addr());
            }
            compiler_fence(Ordering::SeqCst);
            (&raw mut (*head).first).write_volatile(first);
        }
        self.held[0].set(last);
        self.len.set(0);
        // SAFETY: takes nothing.
        self.tid.set(unsafe { libc::gettid() } as u32);
    }

    #[inline]
    fn end(&self, which: usize) -> *mut usize {
        self.ends.get().cast::<usize>().wrapping_add(which)
    }
}

/// The calling thread, and the word that it is about to take, release or watch.
#[derive(Clone, Copy)]
pub struct Thread {
    me: *const Me,
    /// The word's node; null for none, and for a word that no other process sees.
    node: *mut usize,
}

impl Thread {
    /// The calling thread.
    #[inline]
    pub fn current() -> Self {
        ME.with(|me| {
            if me.tid.get() == 0 {
                me.register();
            }
            Self { me, node: ptr::null_mut() }
        })
    }

    /// The calling thread at a word.
    #[inline]
    pub fn at(word: &AtomicU64) -> Self {
        let this = Self::current();
        if HOT.family.contains(word.as_ptr().cast()) {
            Self { node: word.as_ptr().wrapping_byte_add(DISTANCE).cast(), ..this }
        } else {
            this
        }
    }

    #[inline]
    fn me(&self) -> &Me {
        // SAFETY: points to the storage of the thread that made it; the value is neither `Send` nor kept.
        unsafe { &*self.me }
    }

    /// Whether this is a thread of a model that has died.
    #[inline]
    pub const fn is_dead() -> bool {
        false
    }

    /// Its TID.
    #[inline]
    pub fn tid(self) -> u32 {
        self.me().tid.get()
    }

    #[inline]
    fn set_pending(self, node: *mut usize) {
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the head is this thread's own.
        let pending = unsafe { &raw mut (*self.me().head.get()).pending };
        // SAFETY: as above.
        unsafe { pending.write_volatile(node) };
        compiler_fence(Ordering::SeqCst);
    }

    /// From now on until [`end`](Self::end) or [`hold`](Self::hold): if the thread dies and nobody owns the word,
    /// somebody else who waits for it is woken; if the thread owns it by then, it is marked.
    #[inline]
    pub fn begin(self) {
        assert!(self.me().len.get() < HELD, "a thread can hold {HELD} locks and permits");
        self.set_pending(self.node);
    }

    /// The word is out of the thread's hands.
    #[inline]
    pub fn end(self) {
        self.set_pending(ptr::null_mut());
    }

    /// The word, for which [`begin`](Self::begin) was called, now holds the thread's TID.
    #[inline]
    pub fn hold(self) {
        if self.node.is_null() {
            return;
        }
        let me = self.me();
        let len = me.len.get();
        let newest = me.held.get(len).map_or(ptr::null_mut(), Cell::get);
        // SAFETY: the node lies in the lock, behind its word, and nobody uses it but who holds the word; the end of the
        // section is this thread's own.
        unsafe {
            self.node.write_volatile(newest.addr());
            compiler_fence(Ordering::SeqCst);
            me.end(FIRST).write_volatile(self.node.addr());
        }
        if let Some(held) = me.held.get(len + 1) {
            held.set(self.node);
        }
        me.len.set(len + 1);
        // The kernel looks at what is pending last, behind the word by which the death of a whole process is told.
        self.end();
    }

    /// Takes the word off the list, if it is there, and begins with it as [`begin`](Self::begin) does.
    #[inline]
    pub fn let_go(self) {
        let me = self.me();
        self.set_pending(self.node);
        if self.node.is_null() {
            return;
        }
        let len = me.len.get();
        if me.held.get(len).is_some_and(|newest| newest.get() == self.node)
            && let Some(before) = me.held.get(len.wrapping_sub(1))
        {
            // SAFETY: the end of the section is this thread's own.
            unsafe { me.end(FIRST).write_volatile(before.get().addr()) };
            me.len.set(len - 1);
        } else {
            self.let_go_older();
        }
    }

    #[cold]
    fn let_go_older(self) {
        let me = self.me();
        let len = me.len.get();
        let held = me.held.get(..=len).unwrap_or_default();
        let Some(at) = held.iter().rposition(|held| held.get() == self.node) else { return };
        if let (Some(before), Some(behind)) = (held.get(at.wrapping_sub(1)), held.get(at + 1)) {
            // SAFETY: the node of a word of the family's that this thread holds.
            unsafe { behind.get().write_volatile(before.get().addr()) };
            for (to, from) in held[at..].iter().zip(&held[at + 1..]) {
                to.set(from.get());
            }
            me.len.set(len - 1);
        }
    }
}

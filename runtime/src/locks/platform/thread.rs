//! The calling thread: its TID and its robust list.
//!
//! The kernel walks the list of a thread that dies, marks every word on it that holds the thread's TID as `DIED`, and
//! wakes one waiter of each. `pending` in the head of the list names the word that is just being taken or released,
//! so that there is no instruction at which a death is missed. The list is the one that libc has registered, for a
//! thread has one only; nodes of libc's own robust mutexes may lie between ours.
//!
//! Nodes lie in memory that other processes write as well. So which words the thread holds stands in its own memory
//! too, and no address that was read from a node is used unless it was there when the node went in, or leads back.

use super::real::AtomicU64;
use crate::sys::memory;
use crate::sys::robust::{self, Head};
use core::cell::{Cell, UnsafeCell};
use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};
use std::sync::Once;

/// Most locks, permits and read locks together that one thread may hold.
pub const HELD: usize = 128;

/// As far as the kernel follows a list.
const MOST_NODES: usize = 2048;

#[derive(Clone, Copy)]
struct Held {
    node: *mut usize,
    /// What the list led on to when the node went in; 0 where that was the node before this one here, or the head: then
    /// nothing there has to know what comes before it.
    next: usize,
}

struct Me {
    /// 0 until the thread has used a lock, and again in a forked child.
    tid: Cell<u32>,
    head: Cell<*mut Head>,
    /// From a word to its node, in bytes.
    distance: Cell<isize>,
    len: Cell<usize>,
    held: [Cell<Held>; HELD],
    /// For a libc that has registered no list.
    own: UnsafeCell<Head>,
}

thread_local! {
    static ME: Me = const {
        Me {
            tid: Cell::new(0),
            head: Cell::new(ptr::null_mut()),
            distance: Cell::new(0),
            len: Cell::new(0),
            held: [const { Cell::new(Held { node: ptr::null_mut(), next: 0 }) }; HELD],
            own: UnsafeCell::new(Head::new()),
        }
    };
}

/// The calling thread.
#[derive(Clone, Copy)]
pub struct Thread {
    me: *const Me,
}

extern "C" fn in_child() {
    // libc has emptied the child's list, and what the parent holds is not the child's.
    ME.with(|me| {
        if me.tid.get() != 0 {
            me.tid.set(0);
            me.len.set(0);
        }
    });
}

impl Me {
    #[cold]
    fn register(&self) {
        static FORKED: Once = Once::new();
        FORKED.call_once(|| {
            // SAFETY: registers a function that writes a thread's own words.
            let refused = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
            assert_eq!(refused, 0, "no memory for noticing forks");
        });
        // SAFETY: the head belongs to this thread and lives as long as it.
        let head =
            unsafe { robust::head(self.own.get()) }.expect("the kernel keeps a robust list for each thread");
        // SAFETY: the kernel or libc has answered with the head of this thread.
        let distance = unsafe { -(*head).futex_offset } as isize;
        assert!(
            (16..=56).contains(&distance) && distance % 8 == 0,
            "a robust list with nodes of an unknown shape"
        );
        self.head.set(head);
        self.distance.set(distance);
        self.len.set(0);
        // SAFETY: takes nothing.
        self.tid.set(unsafe { libc::gettid() } as u32);
    }
}

#[inline]
fn is_among(held: &[Cell<Held>], node: *mut usize) -> bool {
    held.iter().rev().any(|held| held.get().node == node)
}

impl Thread {
    /// The calling thread.
    #[inline]
    pub fn current() -> Self {
        ME.with(|me| {
            if me.tid.get() == 0 {
                me.register();
            }
            Self { me }
        })
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
    fn node(self, word: &AtomicU64) -> *mut usize {
        word.as_ptr().wrapping_byte_offset(self.me().distance.get()).cast()
    }

    #[inline]
    fn set_pending(self, node: *mut usize) {
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the head is this thread's own.
        let pending = unsafe { &raw mut (*self.me().head.get()).pending };
        // SAFETY: as above. Read first: it is often there already, and a store delays the locked instruction after it.
        unsafe {
            if pending.read_volatile() != node {
                pending.write_volatile(node);
            }
        }
        compiler_fence(Ordering::SeqCst);
    }

    /// From now on until [`end`](Self::end): if the thread dies and nobody owns the word,
    /// somebody else who waits for it is woken; if the thread owns it by then, it is marked.
    #[inline]
    pub fn begin(self, word: &AtomicU64) {
        assert!(self.me().len.get() < HELD, "a thread can hold {HELD} locks and permits");
        self.set_pending(self.node(word));
    }

    /// The word is out of the thread's hands.
    #[inline]
    pub fn end(self) {
        self.set_pending(ptr::null_mut());
    }

    /// The word, for which [`begin`](Self::begin) was called, now holds the thread's TID. It stays pending until the next
    /// one begins: it need not, but may.
    #[inline]
    pub fn hold(self, word: &AtomicU64) {
        let me = self.me();
        let (head, node, len) = (me.head.get(), self.node(word), me.len.get());
        // SAFETY: the head is this thread's own; the node lies in the lock, behind its word, and nobody uses it but who
        // holds the word.
        unsafe {
            let first = (*head).first;
            node.write_volatile(first.addr());
            let mut next = 0;
            if first != self.newest(len) {
                next = first.addr();
                self.lead_back(first, node);
            }
            compiler_fence(Ordering::SeqCst);
            (&raw mut (*head).first).write_volatile(node);
            if let Some(held) = me.held.get(len) {
                held.set(Held { node, next });
            }
            me.len.set(len + 1);
        }
    }

    /// The newest of the first `len` nodes, or the head.
    #[inline]
    fn newest(self, len: usize) -> *mut usize {
        let me = self.me();
        me.held.get(len.wrapping_sub(1)).map_or(me.head.get().cast(), |held| held.get().node)
    }

    /// Tells a node what leads to it now, if it is one of libc's, which have a back pointer.
    ///
    /// # Safety
    /// `node` must be on the list, and no node that was damaged.
    #[cold]
    unsafe fn lead_back(self, node: *mut usize, before: *mut usize) {
        let node = node.map_addr(|a| a & !1);
        if node != self.me().head.get().cast() && !self.is_ours(node) {
            // SAFETY: the caller's contract.
            unsafe { node.sub(1).write_volatile(before.addr()) };
        }
    }

    #[inline]
    fn is_ours(self, node: *mut usize) -> bool {
        let me = self.me();
        is_among(me.held.get(..me.len.get()).unwrap_or_default(), node)
    }

    /// Takes the word off the list and begins with it as [`begin`](Self::begin) does.
    #[inline]
    pub fn let_go(self, word: &AtomicU64) {
        let me = self.me();
        let (head, node) = (me.head.get(), self.node(word));
        let last = me.len.get().wrapping_sub(1);
        // SAFETY: the head is this thread's own.
        let first = unsafe { (*head).first };
        match me.held.get(last).map(Cell::get) {
            // The last one taken, and nothing of libc's since or just before, as it nearly always is.
            Some(newest) if newest.next == 0 && newest.node == node && first == node => {
                self.set_pending(node);
                // SAFETY: the head is this thread's own.
                unsafe { (&raw mut (*head).first).write_volatile(self.newest(last)) };
                me.len.set(last);
            }
            _ => self.find_and_let_go(node),
        }
    }

    #[cold]
    fn find_and_let_go(self, node: *mut usize) {
        let me = self.me();
        let len = me.len.get();
        let held = me.held.get(..len).unwrap_or_default();
        let Some(at) = held.iter().rposition(|held| held.get().node == node) else { return };
        self.set_pending(node);
        self.unlink(node);
        for (to, from) in held[at..].iter().zip(&held[at + 1..]) {
            to.set(from.get());
        }
        me.len.set(len - 1);
    }

    /// What follows a node of ours or of libc's. Ours can be written by others: what stands there is believed if it is
    /// what went in, one of ours that went in before, or one of libc's that leads back; otherwise the node was damaged.
    fn after(self, node: *mut usize) -> usize {
        let me = self.me();
        // SAFETY: a node of the list.
        let next = unsafe { node.read_volatile() };
        let held = me.held.get(..me.len.get()).unwrap_or_default();
        let Some(at) = held.iter().rposition(|held| held.get().node == node) else { return next };
        let before = match held[at].get().next {
            0 => self.newest(at).addr(),
            next => next,
        };
        let follower = ptr::with_exposed_provenance_mut(next & !1);
        let known = next == before || follower == me.head.get().cast() || is_among(&held[..at], follower);
        if known || memory::peek(follower.wrapping_sub(1)) == Some(node.addr()) { next } else { before }
    }

    #[cold]
    fn unlink(self, node: *mut usize) {
        let head = self.me().head.get();
        let next = self.after(node);
        let mut at: *mut usize = head.cast();
        for _ in 0..MOST_NODES {
            // SAFETY: the head is this thread's own.
            let leads = if at == head.cast() { unsafe { (*head).first.addr() } } else { self.after(at) };
            if leads & !1 == node.addr() {
                // SAFETY: what is written to is the head, one of ours, or a node of libc's that leads here. The back
                // pointer comes last: what is on the list is what `first` and its followers say.
                unsafe {
                    at.write_volatile(next);
                    self.lead_back(ptr::with_exposed_provenance_mut(next), at);
                }
                let ours = self.me().held.iter().take(self.me().len.get());
                for ours in ours.filter(|ours| ours.get().node == at) {
                    ours.set(Held { node: at, next });
                }
                return;
            }
            if leads & !1 == head.addr() {
                return;
            }
            at = ptr::with_exposed_provenance_mut(leads & !1);
        }
    }
}

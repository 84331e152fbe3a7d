//! Robust words: the kernel marks them and wakes their waiter when the thread that owns them dies, before
//! it takes the address space down.
//!
//! The word joins the list that libc registered for the thread (`get_robust_list(2)`, Documentation of the
//! kernel's robust futex ABI), because a thread has only one list and libc's own robust mutexes need it.
//! A node of the list lies at a distance from its word that libc fixed for all of its mutexes, and libc
//! keeps a back pointer in front of the node; `RobustCell` leaves room for all of that around the word.

use super::{Errno, check};
use crate::layout::RobustCell;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

/// Set in the word while somebody may wait for it: the kernel wakes only then.
pub const WAITERS: u32 = 0x8000_0000;
/// Set by the kernel when the owner has died.
pub const DIED: u32 = 0x4000_0000;
/// Where the owner's TID stands.
pub const TID: u32 = 0x3fff_ffff;

/// The head of a thread's list, as the kernel knows it.
#[repr(C)]
pub struct Head {
    /// The newest node, or the head itself.
    pub first: *mut usize,
    /// From a node to its word, in bytes.
    pub futex_offset: libc::c_long,
    /// The node that is just being put in or taken out.
    pub pending: *mut usize,
}

impl Head {
    /// One for a libc that has registered none.
    pub const fn new() -> Self {
        Self { first: ptr::null_mut(), futex_offset: -32, pending: ptr::null_mut() }
    }
}

/// A list for a libc that registers none until it needs one (musl).
struct OwnHead(core::cell::UnsafeCell<Head>);
// SAFETY: each process has one thread when it registers, and the kernel only reads it.
unsafe impl Sync for OwnHead {}
static OWN: OwnHead = OwnHead(core::cell::UnsafeCell::new(Head::new()));

/// The head of the calling thread's list; `own` becomes it where libc has registered none.
///
/// # Safety
/// `own` must be writable, of this thread alone, and live as long as it.
///
/// # Errors
/// What `get_robust_list` or `set_robust_list` answer.
pub unsafe fn head(own: *mut Head) -> Result<*mut Head, Errno> {
    let mut head: *mut Head = ptr::null_mut();
    let mut size: usize = 0;
    // SAFETY: writes two locals.
    check(unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut size) })?;
    if head.is_null() {
        head = own;
        // SAFETY: before the kernel knows the list. An empty list points to itself.
        unsafe { (*head).first = head.cast() };
        // SAFETY: the caller's contract.
        check(unsafe { libc::syscall(libc::SYS_set_robust_list, head, size_of::<Head>()) })?;
    }
    Ok(head)
}

/// Makes the calling thread the owner of the cell's word: TID and waiters' bit, marked on death.
///
/// # Safety
/// `cell` must be writable by this process for as long as it lives, be registered once in it, and not be
/// shared with another living owner.
///
/// # Errors
/// What `get_robust_list` or `set_robust_list` answer; `ENOTSUP` where libc's distance between node and word
/// leaves the cell.
pub unsafe fn own(cell: *mut RobustCell) -> Result<(), Errno> {
    // SAFETY: the static lives as long as the process, which has one thread when it registers.
    let head = unsafe { head(OWN.0.get()) }?;
    // SAFETY: the kernel answered with the calling thread's head, which libc keeps valid.
    let offset = unsafe { (*head).futex_offset } as isize;
    // The node and libc's back pointer before it must lie in the cell, on either side of the word.
    if !(-52..=56).contains(&offset) || offset % 8 != 0 {
        return Err(Errno::ENOTSUP);
    }
    // SAFETY: all within the cell by the check above. The list is the calling thread's own, so nobody else
    // changes it; the word gets its value before the node is in the list, the node its link before the head.
    unsafe {
        let word = &raw mut (*cell).word;
        let node: *mut usize = word.byte_offset(-offset).cast();
        // A death between here and the last line is found through the pending pointer.
        (&raw mut (*head).pending).write_volatile(node);
        (*word).store(super::process::thread() as u32 | WAITERS, Ordering::SeqCst);
        let first = (*head).first;
        node.write(first as usize);
        node.byte_sub(8).write(head as usize);
        if first != head.cast() {
            first.map_addr(|a| a & !1).byte_sub(8).write(node as usize);
        }
        core::sync::atomic::compiler_fence(Ordering::SeqCst);
        (&raw mut (*head).first).write_volatile(node);
        core::sync::atomic::compiler_fence(Ordering::SeqCst);
        (&raw mut (*head).pending).write_volatile(ptr::null_mut());
    }
    Ok(())
}

/// Whether the owner has died.
pub fn died(word: u32) -> bool {
    word & DIED != 0
}

/// Whether a living owner holds the word.
pub fn owned(word: u32) -> bool {
    word & DIED == 0 && word & WAITERS != 0 && word & TID != 0
}

/// Reads a word.
pub fn load(word: &AtomicU32) -> u32 {
    word.load(Ordering::Acquire)
}

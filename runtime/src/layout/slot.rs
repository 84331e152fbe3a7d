//! The control page of a slot: where a transaction says how it ended.

use super::RobustCell;
use core::sync::atomic::AtomicU64;

/// The first page of a slot. The transaction writes it and its daemon trusts none of it.
#[repr(C)]
pub struct SlotControl {
    /// The transaction's robust word, which is also the slot's state; see `flight::word`.
    pub robust: RobustCell,
    /// Bytes asked of the heap when it was exhausted; 0 if it was not.
    pub refused: AtomicU64,
    /// Bytes of `result` in use.
    pub result_len: AtomicU64,
    /// Consumers whose message the task has looked at, by field.
    pub touched: AtomicU64,
    /// 1 while the task waits for room in a ring, and for good once it has waited in vain.
    pub crowded: AtomicU64,
    reserved: [u64; 12],
    /// What the crash handler or the panic hook wrote.
    pub report: [u64; 128],
    /// The encoded result: the value of `Ok` or of `Err`.
    pub result: [u8; 2048],
}

const _: () = assert!(size_of::<SlotControl>() <= super::PAGE);

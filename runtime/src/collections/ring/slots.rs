//! The slots of a live ring, which one process writes while others read: a sequence number, and the words of a value.
//!
//! The number is odd while the slot is written, and afterwards says which value it holds, so that a reader knows a value
//! that was overwritten meanwhile, or whose writer died half-way, from the one it wants. It is a sequence lock for each
//! slot (see `commit/reader.rs` for the fences); no value is ever waited for. All of it is atomics, so nothing here needs
//! `unsafe`, and loom looks at it (`tests/loom_live.rs`, which is why the atomics are the parent's).

use super::atomic::{AtomicU64, Ordering, fence};

const WORD: usize = size_of::<u64>();

/// The number of a slot that holds the value of this position, whole.
const fn whole(position: u64) -> u64 {
    position.wrapping_add(1) << 1
}

/// Writes the value of `position`.
pub(crate) fn put(slot: &[AtomicU64], position: u64, value: &[u8]) {
    let Some((sequence, words)) = slot.split_first() else { return };
    sequence.store(whole(position) - 1, Ordering::Relaxed);
    // Whoever reads one of the words below finds the odd number, or a later one.
    fence(Ordering::Release);
    let (chunks, rest) = value.as_chunks::<WORD>();
    for (word, chunk) in words.iter().zip(chunks) {
        word.store(u64::from_ne_bytes(*chunk), Ordering::Relaxed);
    }
    if let Some(last) = words.get(chunks.len()) {
        let mut chunk = [0; WORD];
        chunk[..rest.len()].copy_from_slice(rest);
        last.store(u64::from_ne_bytes(chunk), Ordering::Relaxed);
    }
    sequence.store(whole(position), Ordering::Release);
}

/// Reads the value of `position`; false where the slot does not hold it, or did not all the time.
pub(crate) fn get(slot: &[AtomicU64], position: u64, value: &mut [u8]) -> bool {
    let Some((sequence, words)) = slot.split_first() else { return false };
    if sequence.load(Ordering::Acquire) != whole(position) {
        return false;
    }
    let (chunks, rest) = value.as_chunks_mut::<WORD>();
    let count = chunks.len();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.load(Ordering::Relaxed).to_ne_bytes();
    }
    if let Some(last) = words.get(count) {
        let chunk = last.load(Ordering::Relaxed).to_ne_bytes();
        rest.copy_from_slice(&chunk[..rest.len()]);
    }
    fence(Ordering::Acquire);
    sequence.load(Ordering::Relaxed) == whole(position)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_slot_gives_the_value_that_it_holds_and_no_other() {
        let slot = [const { AtomicU64::new(0) }; 4];
        let mut value = [0; 19];
        assert!(!get(&slot, 0, &mut value), "nothing was written yet");
        for (position, len) in [(7, 19), (11, 16), (12, 24), (15, 1)] {
            let wanted: Vec<u8> = (0..len as u8).map(|byte| byte ^ position as u8).collect();
            put(&slot, position, &wanted);
            let mut value = vec![0; len];
            for other in [0, position - 1, position + 1, position + 4, u64::MAX] {
                assert!(!get(&slot, other, &mut value), "{other}");
            }
            assert!(get(&slot, position, &mut value));
            assert_eq!(value, wanted);
        }
    }

    #[test]
    fn a_slot_whose_writer_died_in_it_gives_nothing() {
        let slot = [const { AtomicU64::new(0) }; 3];
        put(&slot, 4, &[1; 16]);
        slot[0].store(whole(9) - 1, Ordering::Relaxed);
        slot[1].store(2, Ordering::Relaxed);
        assert!(!get(&slot, 4, &mut [0; 16]) && !get(&slot, 9, &mut [0; 16]));
        put(&slot, 9, &[3; 16]);
        let mut value = [0; 16];
        assert!(get(&slot, 9, &mut value) && value == [3; 16]);
    }
}

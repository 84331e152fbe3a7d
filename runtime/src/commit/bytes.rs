//! Copies and checksums of the small sizes that commits are made of, without a call into libc.
//!
//! A commit of 64 bytes makes half a dozen copies of 16 to 64 bytes and two checksums of at most 128: what
//! the general functions spend on choosing a way would cost more than the work.

use core::ptr;

/// From this length on libc's copy is as fast.
const LONG: usize = 512;

/// Copies `len` bytes.
///
/// # Safety
/// As for [`ptr::copy_nonoverlapping`].
#[inline]
pub unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: every access lies within `len` bytes; the last chunk overlaps the one before it.
    unsafe {
        if len >= LONG {
            ptr::copy_nonoverlapping(from, to, len);
        } else if len >= 16 {
            // By the bits of the length: loops would be unrolled for lengths that do not occur.
            let mut at = 0;
            if len & 256 != 0 {
                chunk::<[u128; 16]>(from, to, at);
                at += 256;
            }
            if len & 128 != 0 {
                chunk::<[u128; 8]>(from, to, at);
                at += 128;
            }
            if len & 64 != 0 {
                chunk::<[u128; 4]>(from, to, at);
                at += 64;
            }
            if len & 32 != 0 {
                chunk::<[u128; 2]>(from, to, at);
                at += 32;
            }
            if len & 16 != 0 {
                chunk::<u128>(from, to, at);
            }
            if len & 15 != 0 {
                chunk::<u128>(from, to, len - 16);
            }
        } else if len >= 8 {
            chunk::<u64>(from, to, 0);
            chunk::<u64>(from, to, len - 8);
        } else if len >= 4 {
            chunk::<u32>(from, to, 0);
            chunk::<u32>(from, to, len - 4);
        } else {
            for at in 0..len {
                chunk::<u8>(from, to, at);
            }
        }
    }
}

#[inline]
unsafe fn chunk<T>(from: *const u8, to: *mut u8, at: usize) {
    // SAFETY: in bounds by the caller's contract; no alignment is asked for.
    unsafe { to.add(at).cast::<T>().write_unaligned(from.add(at).cast::<T>().read_unaligned()) };
}

/// Lanes of [`checksum`].
const LANES: usize = 4;

/// Checksum of a record's entries: CRC-32C of every fourth word of eight bytes, for each of the four that a word can be
/// counted from, and of these four. A processor begins a step of a CRC each cycle, but the next of the same one only two
/// cycles later: four at once take a third of the time. Missing bytes of the last word are zeros.
#[inline]
pub fn checksum(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has the instruction.
        return unsafe { checksum_by_instruction(bytes) };
    }
    checksum_by_any_means(bytes)
}

fn checksum_by_any_means(bytes: &[u8]) -> u32 {
    let mut lanes = [0; LANES];
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        lanes[n % LANES] = crc32c::crc32c_append(lanes[n % LANES], word);
    }
    if !rest.is_empty() {
        let lane = &mut lanes[words.len() % LANES];
        *lane = crc32c::crc32c_append(*lane, &padded(rest));
    }
    lanes.iter().fold(0, |sum, lane| crc32c::crc32c_append(sum, &lane.to_le_bytes()))
}

/// The beginning of a word, and zeros.
#[cold]
fn padded(rest: &[u8]) -> [u8; 8] {
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    word
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
fn checksum_by_instruction(bytes: &[u8]) -> u32 {
    use core::arch::x86_64::_mm_crc32_u64;
    let [mut a, mut b, mut c, mut d] = [u64::from(u32::MAX); LANES];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        a = _mm_crc32_u64(a, u64::from_le_bytes(words[0]));
        b = _mm_crc32_u64(b, u64::from_le_bytes(words[1]));
        c = _mm_crc32_u64(c, u64::from_le_bytes(words[2]));
        d = _mm_crc32_u64(d, u64::from_le_bytes(words[3]));
    }
    let (words, rest) = rest.as_chunks::<8>();
    let step = |lane: u64, word: &[u8; 8]| _mm_crc32_u64(lane, u64::from_le_bytes(*word));
    a = words.first().map_or(a, |word| step(a, word));
    b = words.get(1).map_or(b, |word| step(b, word));
    c = words.get(2).map_or(c, |word| step(c, word));
    match words.len() {
        _ if rest.is_empty() => {}
        0 => a = step(a, &padded(rest)),
        1 => b = step(b, &padded(rest)),
        2 => c = step(c, &padded(rest)),
        _ => d = step(d, &padded(rest)),
    }
    let lanes = [a, b, c, d].map(|lane| u64::from(!(lane as u32)));
    let sum = _mm_crc32_u64(u64::from(u32::MAX), lanes[0] | lanes[1] << 32);
    !(_mm_crc32_u64(sum, lanes[2] | lanes[3] << 32) as u32)
}

/// CRC-32C of the bytes of `words`, lowest first, continuing `crc`.
#[inline]
pub fn crc32c_words(crc: u32, words: [u64; 4]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has the instruction.
        return unsafe { four(crc, words) };
    }
    words.iter().fold(crc, |crc, word| crc32c::crc32c_append(crc, &word.to_le_bytes()))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
fn four(crc: u32, words: [u64; 4]) -> u32 {
    use core::arch::x86_64::_mm_crc32_u64;
    let [a, b, c, d] = words;
    let sum = _mm_crc32_u64(_mm_crc32_u64(u64::from(!crc), a), b);
    !(_mm_crc32_u64(_mm_crc32_u64(sum, c), d) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_summed_like_their_bytes() {
        let words = [1, u64::MAX, 0x0123_4567_89ab_cdef, 7 << 40];
        let bytes: Vec<u8> = words.iter().flat_map(|word: &u64| word.to_le_bytes()).collect();
        assert_eq!(crc32c_words(9, words), crc32c::crc32c_append(9, &bytes));
    }

    #[test]
    fn a_changed_bit_changes_the_checksum() {
        let source: Vec<u8> = (0..333_u32).map(|n| (n * 7 % 251) as u8).collect();
        let whole = checksum(&source);
        assert_eq!(whole, checksum_by_any_means(&source));
        let mut changed = source.clone();
        for bit in 0..source.len() * 8 {
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(&changed), whole, "bit {bit}");
            changed[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn the_checksum_is_made_of_four() {
        // Check value of CRC-32C (Castagnoli), as of the words at 0, 32, 64 …; the other lanes see zeros.
        let mut bytes = [0; 64];
        bytes[..8].copy_from_slice(b"12345678");
        let zeros = crc32c::crc32c(&[0; 16]);
        let first = crc32c::crc32c(&[b"12345678".as_slice(), &[0; 8]].concat());
        let lanes: Vec<u8> =
            [first, zeros, zeros, zeros].iter().flat_map(|lane| lane.to_le_bytes()).collect();
        assert_eq!(checksum(&bytes), crc32c::crc32c(&lanes));
    }

    #[test]
    fn every_length_is_copied_and_summed_like_the_general_way() {
        let source: Vec<u8> = (0..700_u32).map(|n| (n * 7 % 251) as u8).collect();
        for len in (0..=100).chain([255, 256, 257, 511, 512, 513, 640]) {
            let mut target = vec![0xee; 700];
            // SAFETY: both hold `len` bytes more than the offsets.
            unsafe { copy(source.as_ptr().add(3), target.as_mut_ptr().add(5), len) };
            assert_eq!(target[5..5 + len], source[3..3 + len], "{len} bytes");
            assert!(target[..5].iter().chain(&target[5 + len..]).all(|&byte| byte == 0xee), "{len} bytes");
            assert_eq!(checksum(&source[..len]), checksum_by_any_means(&source[..len]), "{len} bytes");
        }
    }
}

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
            let mut at = 0;
            while at + 16 <= len {
                chunk::<u128>(from, to, at);
                at += 16;
            }
            if at != len {
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

/// CRC-32C of `bytes`, continuing `crc`.
#[inline]
pub fn crc32c(crc: u32, bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if bytes.len() < LONG && std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has the instruction.
        return unsafe { short(crc, bytes) };
    }
    crc32c::crc32c_append(crc, bytes)
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
fn short(crc: u32, bytes: &[u8]) -> u32 {
    use core::arch::x86_64::{_mm_crc32_u8, _mm_crc32_u64};
    let mut sum = u64::from(!crc);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        sum = _mm_crc32_u64(sum, u64::from_le_bytes(*word));
    }
    let mut sum = sum as u32;
    for &byte in rest {
        sum = _mm_crc32_u8(sum, byte);
    }
    !sum
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
    fn every_length_is_copied_and_summed_like_the_general_way() {
        let source: Vec<u8> = (0..700_u32).map(|n| (n * 7 % 251) as u8).collect();
        for len in (0..=100).chain([255, 256, 257, 511, 512, 513, 640]) {
            let mut target = vec![0xee; 700];
            // SAFETY: both hold `len` bytes more than the offsets.
            unsafe { copy(source.as_ptr().add(3), target.as_mut_ptr().add(5), len) };
            assert_eq!(target[5..5 + len], source[3..3 + len], "{len} bytes");
            assert!(target[..5].iter().chain(&target[5 + len..]).all(|&byte| byte == 0xee), "{len} bytes");
            assert_eq!(crc32c(7, &source[..len]), crc32c::crc32c_append(7, &source[..len]), "{len} bytes");
        }
    }
}

//! Copies out of memory that its owner may be writing meanwhile.
//!
//! The copy may be torn, and its user finds that out; but to the language even looking is a data race, unless each
//! load is atomic, and atomic loads are a word each. So long copies are made by inline assembly: what it does is not
//! the language's to judge, as long as atomic loads could have done the same. Not by `rep movsb`, which libc uses too:
//! where source and target differ by some bytes modulo 4096 it takes sixteen times as long (measured), and that
//! is where a field and a local may well lie.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What is copied in one step where the processor can; shorter copies are made by single words.
const BLOCK: usize = 64;

/// Copies `len` bytes, each as it was at some time during the call.
///
/// # Safety
/// `from` must be readable, and `to` writable, for `len` bytes, and they must not overlap. `from` may be written
/// meanwhile, by another process; `to` must not be.
#[inline]
pub unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    let whole = if cfg!(target_arch = "x86_64") { len / BLOCK * BLOCK } else { 0 };
    // SAFETY: the caller's contract, for the two parts.
    unsafe {
        if whole != 0 {
            blocks(from, to, whole);
        }
        words(from.add(whole), to.add(whole), len - whole);
    }
}

/// Copies `len` bytes, which are a multiple of [`BLOCK`] and not zero.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn blocks(from: *const u8, to: *mut u8, len: usize) {
    use core::arch::asm;
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: reads and writes `len` bytes, which may be by the caller's contract; the processor has the
        // instructions.
        unsafe {
            asm!(
                "2:",
                "vmovdqu ymm0, [rsi]",
                "vmovdqu ymm1, [rsi + 32]",
                "vmovdqu [rdi], ymm0",
                "vmovdqu [rdi + 32], ymm1",
                "add rsi, 64",
                "add rdi, 64",
                "sub rcx, 64",
                "jnz 2b",
                "vzeroupper",
                inout("rsi") from => _,
                inout("rdi") to => _,
                inout("rcx") len => _,
                // `vzeroupper` clears more than the two.
                clobber_abi("sysv64"),
                options(nostack),
            );
        }
        return;
    }
    // SAFETY: as above; every processor of this architecture has these instructions.
    unsafe {
        asm!(
            "2:",
            "movdqu {a}, [{from}]",
            "movdqu {b}, [{from} + 16]",
            "movdqu {c}, [{from} + 32]",
            "movdqu {d}, [{from} + 48]",
            "movdqu [{to}], {a}",
            "movdqu [{to} + 16], {b}",
            "movdqu [{to} + 32], {c}",
            "movdqu [{to} + 48], {d}",
            "add {from}, 64",
            "add {to}, 64",
            "sub {len}, 64",
            "jnz 2b",
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            len = inout(reg) len => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack),
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
use words as blocks;

/// Copies with atomic loads: words where the source is aligned, bytes at the ends.
#[inline]
unsafe fn words(from: *const u8, to: *mut u8, len: usize) {
    let head = from.align_offset(8).min(len);
    let tail = head + (len - head) / 8 * 8;
    for at in (0..head).chain(tail..len) {
        // SAFETY: inside both by the caller's contract; the source only changes as an atomic may.
        unsafe { to.add(at).write((*from.add(at).cast::<AtomicU8>()).load(Ordering::Relaxed)) };
    }
    for at in (head..tail).step_by(8) {
        // SAFETY: as above, and aligned from `head` on.
        let word = unsafe { &*from.add(at).cast::<AtomicU64>() }.load(Ordering::Relaxed);
        // SAFETY: as above; no alignment is asked for.
        unsafe { to.add(at).cast::<u64>().write_unaligned(word) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_arrives_and_no_other_changes() {
        let source: Vec<u8> = (0..2048_u32).map(|n| (n * 7 % 251) as u8 + 1).collect();
        for from in 0..9 {
            for len in [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 1000, 2000] {
                let mut target = vec![0; 2048];
                // SAFETY: both are long enough, and nobody else uses them.
                unsafe { copy(source.as_ptr().add(from), target.as_mut_ptr().add(3), len) };
                assert_eq!(target[3..3 + len], source[from..from + len], "{len} bytes at {from}");
                assert!(
                    target[..3].iter().chain(&target[3 + len..]).all(|byte| *byte == 0),
                    "{len} at {from}"
                );
            }
        }
    }
}

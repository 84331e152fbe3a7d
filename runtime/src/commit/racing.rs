//! Copies out of memory that its owner may be writing meanwhile.
//!
//! The copy may be torn, and its user finds that out; but to the language even looking is a data race, unless each
//! load is atomic, and atomic loads are an aligned word each. So copies are made by inline assembly: what it does is not
//! the language's to judge, as long as atomic loads could have done the same. Not by `rep movsb`, which libc uses too:
//! where source and target differ by some bytes modulo 4096 it takes sixteen times as long (measured), and that
//! is where a field and a local may well lie.

use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// What is copied in one step where the copy is long.
#[cfg(target_arch = "x86_64")]
const BLOCK: usize = 64;

/// Copies `len` bytes, each as it was at some time during the call.
///
/// # Safety
/// `from` must be readable, and `to` writable, for `len` bytes, and they must not overlap. `from` may be written
/// meanwhile, by another process; `to` must not be.
#[cfg(target_arch = "x86_64")]
#[inline]
pub unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    // Both ends by the same step, whose copies overlap where `len` is between: no loop, and no branch for each byte.
    // SAFETY: every step lies within `len` bytes from the start, or up to the end.
    unsafe {
        match len {
            BLOCK.. => {
                block(from, to);
                if len == BLOCK {
                    return;
                }
                // So that no store of the loop goes to the ends of two lines.
                let skip = BLOCK - to.addr() % BLOCK;
                let whole = (len - skip) / BLOCK * BLOCK;
                if whole != 0 {
                    blocks(from.add(skip), to.add(skip), whole);
                }
                block(from.add(len - BLOCK), to.add(len - BLOCK));
            }
            32.. => {
                sixteen(from, to);
                sixteen(from.add(16), to.add(16));
                sixteen(from.add(len - 32), to.add(len - 32));
                sixteen(from.add(len - 16), to.add(len - 16));
            }
            16.. => {
                sixteen(from, to);
                sixteen(from.add(len - 16), to.add(len - 16));
            }
            8.. => {
                eight(from, to);
                eight(from.add(len - 8), to.add(len - 8));
            }
            4.. => {
                four(from, to);
                four(from.add(len - 4), to.add(len - 4));
            }
            _ => (0..len).for_each(|at| to.add(at).write((*from.add(at).cast::<AtomicU8>()).load(Relaxed))),
        }
    }
}

/// One step of `copy`: `$load` into a register of `$class`, and `$store` from it.
#[cfg(target_arch = "x86_64")]
macro_rules! step {
    ($name:ident, $bytes:literal, $class:ident, $load:literal, $store:literal) => {
        #[doc = concat!("Copies ", $bytes, " bytes.")]
        #[inline]
        unsafe fn $name(from: *const u8, to: *mut u8) {
            // SAFETY: reads and writes as many bytes, which may be by the caller's contract.
            unsafe {
                core::arch::asm!(
                    $load, $store,
                    from = in(reg) from, to = in(reg) to, word = out($class) _,
                    options(nostack, preserves_flags),
                );
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
step!(sixteen, "16", xmm_reg, "movdqu {word}, [{from}]", "movdqu [{to}], {word}");
#[cfg(target_arch = "x86_64")]
step!(eight, "8", reg, "mov {word}, [{from}]", "mov [{to}], {word}");
#[cfg(target_arch = "x86_64")]
step!(four, "4", reg, "mov {word:e}, [{from}]", "mov [{to}], {word:e}");

/// Copies [`BLOCK`] bytes.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn block(from: *const u8, to: *mut u8) {
    // SAFETY: four steps of 16 within as many bytes.
    unsafe { (0..BLOCK).step_by(16).for_each(|at| sixteen(from.add(at), to.add(at))) };
}

/// Copies `len` bytes, which are a multiple of [`BLOCK`] and not zero.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn blocks(from: *const u8, to: *mut u8, len: usize) {
    if !std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: steps within `len` bytes; every processor of this architecture has the instructions.
        unsafe { (0..len).step_by(BLOCK).for_each(|at| block(from.add(at), to.add(at))) };
        return;
    }
    // SAFETY: reads and writes `len` bytes, which may be by the caller's contract; the processor has the instructions.
    unsafe {
        core::arch::asm!(
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
}

/// Copies `len` bytes, each as it was at some time during the call: words where the source is aligned, bytes at the ends.
///
/// # Safety
/// `from` must be readable, and `to` writable, for `len` bytes, and they must not overlap. `from` may be written
/// meanwhile, by another process; `to` must not be.
#[cfg(not(target_arch = "x86_64"))]
pub unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    use core::sync::atomic::AtomicU64;
    let head = from.align_offset(8).min(len);
    let tail = head + (len - head) / 8 * 8;
    for at in (0..head).chain(tail..len) {
        // SAFETY: inside both by the caller's contract; the source only changes as an atomic may.
        unsafe { to.add(at).write((*from.add(at).cast::<AtomicU8>()).load(Relaxed)) };
    }
    for at in (head..tail).step_by(8) {
        // SAFETY: as above, and aligned from `head` on.
        let word = unsafe { &*from.add(at).cast::<AtomicU64>() }.load(Relaxed);
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
            for len in (0..200).chain([1000, 2000]) {
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

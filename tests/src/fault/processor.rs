//! Exceptions of the processor.

use core::hint::black_box;

unsafe extern "C" {
    fn fault_quotient(dividend: i32, divisor: *const i32) -> i32;
}

pub fn quotient() {
    // SAFETY: the place holds a number; dividing by it is what this is for.
    black_box(unsafe { fault_quotient(black_box(1), black_box(&raw const ZERO)) });
}
static ZERO: i32 = 0;

#[cfg(target_arch = "x86_64")]
mod raise {
    use core::arch::asm;

    pub fn divide() {
        // SAFETY: raises the processor's exception, which is what this is for.
        unsafe {
            asm!("xor edx, edx", "mov eax, 1", "xor ecx, ecx", "idiv ecx", out("eax") _, out("ecx") _, out("edx") _);
        }
    }

    pub fn illegal() {
        // SAFETY: as above.
        unsafe { asm!("ud2") };
    }

    pub fn misaligned() {
        #[repr(align(16))]
        struct Room([u8; 32]);
        let mut room = Room([0; 32]);
        let odd = room.0.as_mut_ptr().wrapping_add(1);
        // SAFETY: as above; the store would stay inside of the array.
        unsafe { asm!("movaps xmmword ptr [{odd}], xmm0", odd = in(reg) odd) };
    }

    pub fn alignment() {
        let mut room = [0_u64; 2];
        let odd = room.as_mut_ptr().cast::<u8>().wrapping_add(1);
        // SAFETY: as above; the store would stay inside of the array.
        unsafe {
            asm!("pushfq", "or qword ptr [rsp], 0x40000", "popfq", "mov qword ptr [{odd}], rax", odd = in(reg) odd);
        }
    }
}

/// Other processors do not trap here; the nearest thing is what a C library's own check does.
#[cfg(not(target_arch = "x86_64"))]
mod raise {
    fn send(signal: i32) {
        // SAFETY: ends this process.
        unsafe { libc::raise(signal) };
    }

    pub fn divide() {
        send(libc::SIGFPE);
    }
    pub fn illegal() {
        send(libc::SIGILL);
    }
    pub fn misaligned() {
        send(libc::SIGSEGV);
    }
    pub fn alignment() {
        send(libc::SIGBUS);
    }
}
pub use raise::*;

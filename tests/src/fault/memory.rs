//! Accesses that the kernel refuses.

use super::target;
use core::hint::black_box;

unsafe extern "C" {
    fn fault_store(place: *mut i32);
}

pub fn null() {
    // SAFETY: none; it is what this is for.
    unsafe { fault_store(black_box(core::ptr::null_mut())) };
}

pub fn wild() {
    let address = core::ptr::without_provenance::<u8>(black_box(0xdead_0000_0000_0000));
    // SAFETY: none; it is what this is for.
    black_box(unsafe { address.read_volatile() });
}

pub fn write(address: usize) {
    // SAFETY: none; nobody may write there.
    unsafe { core::ptr::with_exposed_provenance_mut::<u8>(black_box(address)).write_volatile(0xee) };
}

pub fn jump() {
    // SAFETY: none; the bytes are a function, but they lie in data.
    unsafe { core::mem::transmute::<*const (), extern "C" fn()>(target::data() as *const ())() };
}

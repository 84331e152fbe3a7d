//! Panics.

use core::hint::black_box;

/// What the panic says.
pub const PANIC: &str = "the floor gave way under 3 men";

pub fn panic() {
    panic!("the floor gave way under {} men", black_box(3));
}

pub fn double() {
    struct Fragile;
    impl Drop for Fragile {
        fn drop(&mut self) {
            panic!("and so did the next");
        }
    }
    let fragile = Fragile;
    panic();
    drop(black_box(fragile));
}

pub fn foreign() {
    extern "C" fn callback() {
        panic();
    }
    black_box(callback as extern "C" fn())();
}

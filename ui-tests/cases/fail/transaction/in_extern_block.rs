//! In an extern block.
use perennial::prelude::*;

unsafe extern "C" {
    #[transaction]
    fn add(total: &mut u64) -> i32;
}

fn main() {}

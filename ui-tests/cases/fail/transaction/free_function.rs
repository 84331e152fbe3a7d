//! Outside of an `impl` block.
use perennial::prelude::*;

#[transaction]
fn add(total: &mut u64) -> Result<(), ()> {
    *total += 1;
    Ok(())
}

fn main() {}

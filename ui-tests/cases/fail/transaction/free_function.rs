//! Outside of an `impl` block.
//! allows: rustc — a macro does not see what surrounds its item; that there is no `Self` is what rustc can say
use perennial::prelude::*;

#[transaction]
fn add(total: &mut u64) -> Result<(), ()> {
    *total += 1;
    Ok(())
}

fn main() {}

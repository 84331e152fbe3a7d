//! In a trait.
use perennial::prelude::*;

trait Adds {
    #[transaction]
    fn add(total: &mut u64) -> Result<(), ()>;
}

fn main() {}

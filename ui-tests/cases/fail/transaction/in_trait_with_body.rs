//! In a trait, as a default.
//! allows: several — a macro does not see that it is in a trait, where `Self` is wrong twice, as a daemon and in a constant
use perennial::prelude::*;

trait Adds {
    #[transaction]
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}

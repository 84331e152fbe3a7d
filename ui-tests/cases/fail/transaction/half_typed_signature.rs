//! A parameter without a type.
//! allows: several — rustc reads the function before the macro is given it, and reports the same
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, by) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}

//! Options of a marker.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, #[arg(copy)] text: &str) -> Result<(), ()> {
        *total += text.len() as u64;
        Ok(())
    }
}

fn main() {}

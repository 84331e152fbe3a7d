//! A reference argument without `#[arg]` that is never a field.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, text: &str) -> Result<(), ()> {
        *total += text.len() as u64;
        Ok(())
    }
}

fn main() {}

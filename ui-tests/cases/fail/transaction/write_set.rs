//! Fields that have no room in a record together, by one byte; with it they would (`tests/src/bin/brimful.rs`).
use perennial::prelude::*;

#[daemon(mem = "256KiB", record = "4KiB")]
struct Brim {
    large: [u8; 2048],
    rest: [u8; 1857],
}

impl Brim {
    #[transaction]
    fn fill(large: &mut [u8; 2048], rest: &mut [u8; 1857]) -> Result<(), ()> {
        large.fill(1);
        rest.fill(1);
        Ok(())
    }
}

fn main() {}

//! A ring without room.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Gateway {
    next: u64,
    orders: Producer<u32, 0>,
}

fn main() {}

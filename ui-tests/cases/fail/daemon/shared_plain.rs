//! A value that several processes would write without a lock.
use perennial::locks::Shared;
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Press {
    sheets: Shared<u64>,
}

fn main() {}

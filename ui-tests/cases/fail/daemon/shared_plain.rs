//! A value that several processes would write without a lock.
//! allows: several — rustc asks both whether the type may be shared and whether the field may be one; the second names the remedy
use perennial::locks::Shared;
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Press {
    sheets: Shared<u64>,
}

fn main() {}

//! Fields without names.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger(u64);

fn main() {}

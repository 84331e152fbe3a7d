//! Not a struct.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
fn ledger() {}

fn main() {}

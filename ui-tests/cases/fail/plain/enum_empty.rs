//! No value at all.
use perennial::prelude::*;

#[plain]
enum State {}

fn main() {}

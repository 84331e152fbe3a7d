//! Not a type.
use perennial::prelude::*;

#[plain]
fn account() {}

fn main() {}

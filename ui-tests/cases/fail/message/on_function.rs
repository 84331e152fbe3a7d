//! Neither struct nor enum.
use perennial::prelude::*;

#[message]
fn order() {}

fn main() {}

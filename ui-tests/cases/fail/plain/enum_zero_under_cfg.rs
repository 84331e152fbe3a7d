//! The variant that is 0 may be absent.
use perennial::prelude::*;

#[plain]
enum State {
    #[cfg(feature = "off")]
    Open = 0,
    Closed = 1,
}

fn main() {}

//! More ring ends than one wait can watch.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct One {
    out: Producer<u8, 2>,
}

#[daemon(mem = "4MiB")]
struct Many {
    c0: Consumer<u8, 2>,
    c1: Consumer<u8, 2>,
    c2: Consumer<u8, 2>,
    c3: Consumer<u8, 2>,
    c4: Consumer<u8, 2>,
    c5: Consumer<u8, 2>,
    c6: Consumer<u8, 2>,
    c7: Consumer<u8, 2>,
    c8: Consumer<u8, 2>,
    c9: Consumer<u8, 2>,
    c10: Consumer<u8, 2>,
    c11: Consumer<u8, 2>,
    c12: Consumer<u8, 2>,
    c13: Consumer<u8, 2>,
    c14: Consumer<u8, 2>,
    c15: Consumer<u8, 2>,
    c16: Consumer<u8, 2>,
    c17: Consumer<u8, 2>,
    c18: Consumer<u8, 2>,
    c19: Consumer<u8, 2>,
    c20: Consumer<u8, 2>,
    c21: Consumer<u8, 2>,
    c22: Consumer<u8, 2>,
    c23: Consumer<u8, 2>,
    c24: Consumer<u8, 2>,
    c25: Consumer<u8, 2>,
    c26: Consumer<u8, 2>,
    c27: Consumer<u8, 2>,
    c28: Consumer<u8, 2>,
    c29: Consumer<u8, 2>,
    c30: Consumer<u8, 2>,
    c31: Consumer<u8, 2>,
    c32: Consumer<u8, 2>,
    c33: Consumer<u8, 2>,
    c34: Consumer<u8, 2>,
    c35: Consumer<u8, 2>,
    c36: Consumer<u8, 2>,
    c37: Consumer<u8, 2>,
    c38: Consumer<u8, 2>,
    c39: Consumer<u8, 2>,
    c40: Consumer<u8, 2>,
    c41: Consumer<u8, 2>,
    c42: Consumer<u8, 2>,
    c43: Consumer<u8, 2>,
    c44: Consumer<u8, 2>,
    c45: Consumer<u8, 2>,
    c46: Consumer<u8, 2>,
    c47: Consumer<u8, 2>,
    c48: Consumer<u8, 2>,
    c49: Consumer<u8, 2>,
    c50: Consumer<u8, 2>,
    c51: Consumer<u8, 2>,
    c52: Consumer<u8, 2>,
    c53: Consumer<u8, 2>,
    c54: Consumer<u8, 2>,
    c55: Consumer<u8, 2>,
    c56: Consumer<u8, 2>,
    c57: Consumer<u8, 2>,
    c58: Consumer<u8, 2>,
    c59: Consumer<u8, 2>,
    c60: Consumer<u8, 2>,
}

impl Daemon for One {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

impl Daemon for Many {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [One, Many];
    rings: [One.out -> [Many.c0, Many.c1, Many.c2, Many.c3, Many.c4, Many.c5, Many.c6, Many.c7, Many.c8, Many.c9, Many.c10, Many.c11, Many.c12, Many.c13, Many.c14, Many.c15, Many.c16, Many.c17, Many.c18, Many.c19, Many.c20, Many.c21, Many.c22, Many.c23, Many.c24, Many.c25, Many.c26, Many.c27, Many.c28, Many.c29, Many.c30, Many.c31, Many.c32, Many.c33, Many.c34, Many.c35, Many.c36, Many.c37, Many.c38, Many.c39, Many.c40, Many.c41, Many.c42, Many.c43, Many.c44, Many.c45, Many.c46, Many.c47, Many.c48, Many.c49, Many.c50, Many.c51, Many.c52, Many.c53, Many.c54, Many.c55, Many.c56, Many.c57, Many.c58, Many.c59, Many.c60]];
}

//! The tree that a state machine drives: see `perennial_tests::machine`.

use perennial_tests::machine::{Bystander, Subject};

perennial::root! {
    mem = "1MiB";
    daemons: [Bystander, Subject];
}

//! A tree that a state machine drives: see `perennial_tests::members`.

use perennial_tests::members::{Front, Middle, Rear, open};

perennial::root! {
    mem = "4MiB";
    name = "members";
    strategy = one_for_one;
    setup = open;
    daemons: [Front, Middle (depends_on = [Front]), Rear (depends_on = [Middle])];
}

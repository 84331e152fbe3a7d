//! Compiles the failures that are written in C.

fn main() {
    println!("cargo::rerun-if-changed=c/faults.c");
    // Without optimisation: what is undefined is to be done, not reasoned away.
    cc::Build::new().file("c/faults.c").opt_level(0).warnings(true).compile("faults");
}

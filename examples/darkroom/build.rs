//! Compiles the C half of the sabotage jobs.

fn main() {
    println!("cargo:rerun-if-changed=src/sabotage.c");
    cc::Build::new()
        .file("src/sabotage.c")
        // An optimiser may assume that none of this ever happens and remove it.
        .opt_level(0)
        .flag_if_supported("-fno-delete-null-pointer-checks")
        .flag_if_supported("-fno-optimize-sibling-calls")
        .compile("darkroom_sabotage");
}

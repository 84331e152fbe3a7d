//! Compiles the old C library that converts amounts.

fn main() {
    println!("cargo:rerun-if-changed=src/convert.c");
    cc::Build::new()
        .file("src/convert.c")
        // An optimiser may assume that a null pointer is never followed, and do something else instead.
        .opt_level(0)
        .flag_if_supported("-fno-delete-null-pointer-checks")
        .compile("ledger_convert");
}

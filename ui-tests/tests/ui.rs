//! Every file below `cases/fail` is one misuse, and `cargo check` says what the file beside it says; every file
//! below `cases/pass` builds and runs. Two tests, because trybuild builds where one case is to pass: alone, the
//! misuses are one `cargo check --keep-going`, which is also what the user runs first.
//!
//! rustc's share of the words is pinned to one compiler, and to one state of its components: with `rust-src` installed,
//! it quotes the standard library. That of the dependencies is pinned by `Cargo.lock`.

use std::path::Path;
use std::process::Command;

/// The compiler whose words were blessed.
const BLESSED: &str = "rustc 1.95.0 ";

/// Another compiler's words are no failure of the macros; it is told from one.
fn same_words() {
    let rustc = |argument: &[&str]| {
        let output = Command::new("rustc").args(argument).output().expect("rustc runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let version = rustc(&["--version"]);
    assert!(
        version.starts_with(BLESSED),
        "the words were blessed with {BLESSED}and this is {version}: test with it (`cargo +1.95.0 test …`), or raise \
         `BLESSED` and bless anew, see `src/lib.rs`"
    );
    let sysroot = rustc(&["--print", "sysroot"]);
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    assert!(
        !library.exists(),
        "the words were blessed without the component `rust-src`: `rustup component remove rust-src`"
    );
}

#[test]
fn ui_fail() {
    same_words();
    let cases = trybuild::TestCases::new();
    for each in ["daemon", "transaction", "message", "plain", "root"] {
        cases.compile_fail(format!("cases/fail/{each}/*.rs"));
    }
}

#[test]
fn ui_pass() {
    trybuild::TestCases::new().pass("cases/pass/*.rs");
}

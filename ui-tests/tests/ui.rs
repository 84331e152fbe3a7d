//! Every file below `cases/fail` is one misuse, and `cargo check` says what the file beside it says; every file
//! below `cases/pass` builds and runs. Two tests, because trybuild builds where one case is to pass: alone, the
//! misuses are one `cargo check --keep-going`, which is also what the user runs first.

#[test]
fn ui_fail() {
    let cases = trybuild::TestCases::new();
    for each in ["daemon", "transaction", "message", "plain", "root"] {
        cases.compile_fail(format!("cases/fail/{each}/*.rs"));
    }
}

#[test]
fn ui_pass() {
    trybuild::TestCases::new().pass("cases/pass/*.rs");
}

//! Every file below `cases/pass` compiles; every file below `cases/fail` is one misuse, and the compiler says
//! what the file beside it says. After a change of messages: `TRYBUILD=overwrite cargo test -p
//! perennial-ui-tests`, and read the difference.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("cases/pass/*.rs");
    for each in ["daemon", "transaction", "message", "plain", "root"] {
        cases.compile_fail(format!("cases/fail/{each}/*.rs"));
    }
}

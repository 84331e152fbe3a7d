//! A misuse that no source shows: a profile in which a panic aborts.

use std::process::Command;

#[test]
fn a_profile_that_aborts_is_refused() {
    let check = |panic: &str| {
        let output = Command::new(env!("CARGO"))
            .args(["rustc", "--quiet", "--package", "perennial-ui-tests", "--example", "strict_lints"])
            .args(["--profile", "check", "--", "-C", &format!("panic={panic}")])
            .output()
            .expect("cargo runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (compiles, stderr) = check("abort");
    let message = "error: a panic must unwind to be reported and contained: remove `panic = \"abort\"` from the profile";
    assert!(!compiles && stderr.lines().filter(|line| line.starts_with("error")).count() == 2, "{stderr}");
    assert!(stderr.contains(message) && stderr.contains("could not compile"), "{stderr}");
    let (compiles, stderr) = check("unwind");
    assert!(compiles, "only the profile is wrong: {stderr}");
}

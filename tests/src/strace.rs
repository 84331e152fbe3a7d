//! Trees under strace.

use perennial::test::Directory;
use std::process::{Command, Stdio};

/// Whether system calls can be watched here. Where the whole project is checked, not being able to is a failure.
///
/// # Panics
/// There.
pub fn is_there() -> bool {
    let version = Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = version.is_ok_and(|status| status.success());
    let remedy = "this test needs strace: run .ci/setup, or install the package `strace`";
    assert!(there || std::env::var_os("CI").is_none(), "{remedy}");
    if !there {
        println!("SKIPPED: {remedy}");
    }
    there
}

/// A life under strace, given the command line of which `calls` are traced; returns where the traces are, one for
/// each process. Now and then strace itself gives up over a process that is killed while it is stopped, and takes the
/// tree down: then once more.
///
/// # Panics
/// As the life does.
pub fn traced(calls: &str, live: impl Fn(&[&str])) -> Directory {
    for attempt in 1.. {
        let directory = Directory::new();
        let output = directory.path().join("trace");
        let output = output.to_str().expect("a path of ASCII");
        let strace = ["strace", "-ff", "-qq", "-s", "200", "-o", output, "-e", calls];
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| live(&strace))) {
            Ok(()) => return directory,
            Err(payload) => {
                let gave_up =
                    payload.downcast_ref::<String>().is_some_and(|said| said.contains("strace: ptrace("));
                if !gave_up || attempt == 5 {
                    std::panic::resume_unwind(payload);
                }
            }
        }
    }
    unreachable!("the loop returns or panics")
}

//! Root never allocates, locks or panics: shown on the linked release binary, in which no compiler option, inlining
//! or dependency can hide what the source does not show.
//!
//! The supervisor's loop and its signal handlers are followed through every call that the binary holds. What
//! they reach must be free of panics, of the heap, of locks, of `std::io` and of formatting, and may call only the
//! functions of libc that are named below.

#![cfg(target_arch = "x86_64")]

use perennial_tests::graph::{Call, Graph, Indirect, Reach};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const LOOP: &str = "perennial::root::supervisor::Supervisor::run";

/// What runs in root besides: its signal handlers, by the beginning of their names.
const HANDLERS: [&str; 2] = ["perennial::root::signals::on_", "perennial::report::on_"];

/// The functions of libc that root may call: system calls, and copying. All are async-signal-safe or read a
/// clock. `fork` is libc's own, for robust lists; it takes locks of libc's that are free, since root has one
/// thread and its handlers only count.
const ALLOWED: &[&str] = &[
    "__errno_location",
    "__sigaction",
    "accept4",
    "bcmp",
    "clock_gettime",
    "close",
    "fork",
    "fstat",
    "getpid",
    "getppid",
    "gettid",
    "kill",
    "madvise",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "open",
    "open64",
    "openat",
    "poll",
    "prctl",
    "pwritev2",
    "pwritev64v2",
    "raise",
    "read",
    "recv",
    "sendmsg",
    "sigemptyset",
    "sigfillset",
    "sigprocmask",
    "syscall",
    "unlink",
    "waitid",
    "write",
];

/// What the name of a function tells about what it does.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("panics", &["panic", "unwrap_failed", "expect_failed", "slice_index", "_fail", "abort", "_Unwind_"]),
    (
        "allocates",
        &["__rust_", "__rg_", "alloc::", "malloc", "calloc", "realloc", "free", "memalign", "heap::service"],
    ),
    (
        "locks",
        &[
            "pthread_",
            "std::sync",
            "sys::sync",
            "Mutex",
            "RwLock",
            "heap::lock",
            "flock",
            "sem_",
            "thread_local",
            "tls_get",
        ],
    ),
    ("does input and output through std", &["std::io", "std::fs", "std::env", "std::net", "std::path"]),
    ("formats", &["core::fmt", "fmt::Write", "fmt::Display", "fmt::Debug", "alloc::fmt", "Formatter"]),
];

/// Builds the quickstart as a user would, in a directory of its own beside the tests'.
fn release_binary() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspected");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "quickstart", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the quickstart builds");
    target.join("release/quickstart")
}

/// Where unwinding is stopped or goes on: landing pads, which nothing enters but unwinding, and that begins in
/// functions that are forbidden.
const LANDING: [&str; 3] = ["_Unwind_Resume", "panic_cannot_unwind", "panic_in_cleanup"];

fn is_landing(name: &str) -> bool {
    LANDING.iter().any(|known| name.ends_with(known))
}

fn forbidden(name: &str) -> bool {
    FORBIDDEN.iter().any(|(_, parts)| parts.iter().any(|part| name.contains(part)))
}

/// The calls of what must not be called, each with its kind.
fn violations(reach: &Reach) -> Vec<(&'static str, &Call)> {
    let mut found = Vec::new();
    for call in reach.stopped.iter().chain(&reach.libraries).filter(|call| !is_landing(&call.callee)) {
        let kinds = FORBIDDEN.iter().filter(|(_, parts)| parts.iter().any(|part| call.callee.contains(part)));
        found.extend(kinds.map(|(kind, _)| (*kind, call)));
    }
    let allowed = |name: &str| ALLOWED.contains(&name) || is_landing(name);
    let unknown = reach.libraries.iter().filter(|call| !allowed(&call.callee));
    found.extend(unknown.map(|call| ("calls libc's", call)));
    found
}

/// The source lines that an address of the binary was compiled from, those of the project.
fn place(binary: &Path, address: u64) -> String {
    let output = Command::new("addr2line").arg("-ie").arg(binary).arg(format!("{address:#x}")).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let short = |line: &str| line.rsplit_once("/runtime/src/").map(|(_, place)| place.to_owned());
    let own: Vec<String> = text.lines().filter_map(short).collect();
    own.join(" < ")
}

fn described(binary: &Path, found: &[(&str, &Call)]) -> String {
    let line = |(kind, call): &(&str, &Call)| {
        format!("{kind}: {} <- {} ({})", call.callee, call.caller, place(binary, call.address))
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn root_reaches_no_panic_no_heap_no_lock_and_no_formatting() {
    let binary = release_binary();
    let graph = Graph::of(&binary);
    let handlers = graph.named(|name| HANDLERS.iter().any(|start| name.starts_with(start)));
    assert!(handlers.len() >= 2, "the handlers are found: {handlers:?}");
    let roots: Vec<&str> = handlers.into_iter().chain([LOOP]).collect();
    let reach = graph.reach(&roots, forbidden);
    let libraries: BTreeSet<&str> = reach.libraries.iter().map(|call| call.callee.as_str()).collect();
    println!("root_reach functions={} libc={}", reach.functions.len(), libraries.len());
    println!("  libc: {}", libraries.iter().copied().collect::<Vec<_>>().join(" "));
    for name in &reach.functions {
        println!("  {name}");
    }

    // It is root's loop that was followed.
    for wanted in ["fork", "waitid", "syscall", "kill", "accept4", "madvise"] {
        assert!(libraries.contains(wanted), "the loop calls {wanted}");
    }
    assert!(reach.functions.len() >= 8, "{:?}", reach.functions);

    let found = violations(&reach);
    let count = found.len();
    assert!(found.is_empty(), "{count} things that root must not do:\n{}", described(&binary, &found));

    // Where a child becomes its daemon: the one call through a pointer, which does not return, on the other
    // side of the fork.
    let own = |one: &&Indirect| one.last && one.function.contains("::Supervisor");
    let (enters, others): (Vec<_>, Vec<_>) = reach.indirect.iter().partition(own);
    assert!(enters.len() == 1, "the child's side of the fork is found: {enters:#?}");
    let others: Vec<_> = others.iter().map(|one| (one, place(&binary, one.address))).collect();
    assert!(others.is_empty(), "root calls through pointers: {others:#?}");
}

/// The same look at a daemon's life finds all of it: the inspection can fail.
#[test]
fn the_inspection_finds_what_a_daemon_does() {
    let graph = Graph::of(&release_binary());
    let enter = graph.named(|name| name.starts_with("perennial::daemon::birth::enter"));
    assert!(!enter.is_empty(), "a daemon's entry is in the binary");
    let reach = graph.reach(&enter, |_| false);
    for (kind, parts) in FORBIDDEN {
        let is = |name: &String| parts.iter().any(|part| name.contains(part));
        let count = reach.functions.iter().filter(|name| is(name)).count();
        println!("control: a daemon {kind}: {count} functions");
        assert!(count > 0, "a daemon {kind}");
    }
    assert!(reach.functions.contains("core::panicking::panic_fmt"), "{:?}", reach.functions);
    let stopped = graph.reach(&enter, forbidden);
    let found = violations(&stopped);
    println!("control: {} calls that root must not make", found.len());
    assert!(found.len() > 10, "{found:?}");
}

//! On what it was measured.

use crate::project;
use std::fs;
use std::process::Command;

/// Load in the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// What a program says, in one line.
fn said(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).current_dir(project()).output();
    let text = done.map(|done| String::from_utf8_lossy(&done.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// The value of a line `key : value`.
fn value(text: &str, key: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(key)?.split_once(':'));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// Processor, memory, kernel.
pub fn machine() -> String {
    let read = |name: &str| fs::read_to_string(name).unwrap_or_default();
    let (processors, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let kib: u64 = value(&memory, "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let model = value(&processors, "model name");
    let guest = if value(&processors, "flags").split(' ').any(|flag| flag == "hypervisor") {
        ", virtual"
    } else {
        ""
    };
    let kernel = read("/proc/sys/kernel/osrelease");
    let kernel = kernel.split('-').next().unwrap_or_default().trim();
    format!("{model}, {cores} cores{guest}, {} GiB, Linux {kernel}", (kib >> 20) + 1)
}

/// The compiler.
pub fn compiler() -> String {
    said("rustc", &["--version"])
}

/// What was measured: the commit, and whether the sources were changed since.
pub fn commit() -> String {
    let changed =
        !said("git", &["status", "--porcelain", "--", "runtime", "macros", "tests/benches", "tests/figures"])
            .is_empty();
    format!("{}{}", said("git", &["rev-parse", "--short=10", "HEAD"]), if changed { ", changed" } else { "" })
}

/// The day.
pub fn day() -> String {
    said("date", &["-u", "+%Y-%m-%d"])
}

/// The versions of those that are compared with.
pub fn peers() -> String {
    let wanted = [
        "heed",
        "iceoryx2",
        "ipc-channel",
        "lmdb-master-sys",
        "libsqlite3-sys",
        "mem-isolate",
        "procspawn",
        "redb",
    ];
    let wanted = wanted.into_iter().chain(["rusqlite", "rusty-fork", "tarnish"]);
    let lock = fs::read_to_string(project().join("tests/peers/Cargo.lock")).unwrap_or_default();
    let version = |name: &str| {
        // The last of several is the newest: the one that is asked for here, not some dependency's.
        let (_, rest) = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    };
    let crates = wanted.filter_map(version);
    let packages = ["s6", "runit", "supervisor", "erlang-base"].into_iter().filter_map(|name| {
        let version = said("dpkg-query", &["--show", "--showformat=${Version}", name]);
        (!version.is_empty()).then(|| format!("{name} {version}"))
    });
    crates.chain(packages).collect::<Vec<_>>().join(", ")
}

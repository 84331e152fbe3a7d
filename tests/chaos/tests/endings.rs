//! However chaos ends, nothing of it is left.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The directories of that name at or below `place`, a few levels deep.
fn find(place: &Path, name: &str, depth: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let below = entries.filter(|entry| depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let (found, others): (Vec<_>, Vec<_>) =
        below.map(|entry| entry.path()).partition(|path| path.ends_with(name));
    found.into_iter().chain(others.iter().flat_map(|other| find(other, name, depth - 1))).collect()
}

#[test]
fn who_is_killed_leaves_no_memory_cgroup() {
    let mut chaos = Command::new(env!("CARGO_BIN_EXE_chaos"))
        .args(["--minutes", "1", "--seed", "7"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("chaos runs");
    let mut output = BufReader::new(chaos.stdout.take().expect("its output"));
    let mut first = String::new();
    output.read_line(&mut first).expect("a line");
    let name = format!("perennial-chaos-{}", chaos.id());
    let groups = || find(Path::new("/sys/fs/cgroup"), &name, 6);
    let made = groups().len();
    let refused = first.starts_with("memory cgroup: not available");
    chaos.kill().expect("it runs");
    // What was started by it has the same output, and ends last.
    output.read_to_string(&mut first).expect("its output");
    let left = groups();
    chaos.wait().expect("its end");
    assert_eq!(made, usize::from(!refused), "{first}");
    assert_eq!(left, Vec::<PathBuf>::new(), "{first}");
}

//! No operation takes more instructions than it did, up to a twentieth.
//!
//! Instructions are counted one by one, by a tracer that steps through a real tree: unlike times they are the same on a
//! busy machine. `counts.txt` has those of an optimised build by one rustc, without fault points:
//! `cargo test --release -p perennial-instructions`; without optimisation nothing is counted. With `UPDATE_COUNTS=1` it is
//! written anew. What the instructions of an operation are, function by function:
//! `PROFILE=commit_16 cargo test --release -p perennial-instructions -- --ignored --nocapture`.
#![cfg(target_arch = "x86_64")]

#[cfg(not(debug_assertions))]
mod tracer;

use std::collections::BTreeMap;
use std::fmt::Write;
#[cfg(not(debug_assertions))]
use std::sync::LazyLock;

/// Of all operations.
#[cfg(not(debug_assertions))]
static STEPS: LazyLock<BTreeMap<String, tracer::Steps>> = LazyLock::new(|| {
    let mut steps = tracer::steps("writer", "reader");
    steps.extend(tracer::steps("reader", "writer"));
    steps
});

#[cfg(not(debug_assertions))]
static COUNTS: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| numbers(&STEPS));

#[cfg(not(debug_assertions))]
fn numbers(steps: &BTreeMap<String, tracer::Steps>) -> BTreeMap<String, u64> {
    steps.iter().map(|(name, steps)| (name.clone(), steps.at.len() as u64)).collect()
}

/// What is to be said of counts that are not as they were.
fn differences(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> String {
    let mut text = String::new();
    for name in before.keys().filter(|name| !now.contains_key(*name)) {
        let _ = writeln!(text, "{name} is not counted any more: renew the counts");
    }
    for (name, &now) in now {
        let _ = match before.get(name) {
            None => writeln!(text, "{name} was not counted before: renew the counts"),
            Some(&before) if now * 20 > before * 21 => {
                writeln!(text, "{name} takes {now} instructions, before {before}: more than a twentieth more")
            }
            Some(&before) if now * 20 < before * 19 => {
                writeln!(text, "{name} takes {now} instructions, before {before}: renew the counts")
            }
            Some(_) => Ok(()),
        };
    }
    text
}

fn counts(all: &[(&str, u64)]) -> BTreeMap<String, u64> {
    all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn a_twentieth_more_or_less_is_told() {
    let before = counts(&[("push", 1000), ("gone", 5)]);
    let told = |now: &[(&str, u64)]| differences(&before, &counts(now));
    assert_eq!(told(&[("push", 1050), ("gone", 5)]), "");
    assert_eq!(told(&[("push", 950), ("gone", 5)]), "");
    assert!(told(&[("push", 1051), ("gone", 5)]).contains("push takes 1051 instructions, before 1000: more"));
    assert!(told(&[("push", 949), ("gone", 5)]).contains("push takes 949 instructions, before 1000: renew"));
    assert!(told(&[("push", 1000)]).contains("gone is not counted any more"));
    assert!(told(&[("push", 1000), ("gone", 5), ("new", 1)]).contains("new was not counted before"));
}

#[cfg(not(debug_assertions))]
#[test]
fn instructions_are_counted_one_by_one() {
    let names: Vec<&str> = COUNTS.keys().map(String::as_str).collect();
    assert_eq!(names, ["commit_1", "commit_16", "floor_1", "floor_16", "pop", "push", "snapshot"]);
    // Each further range of 64 bytes takes some instructions to copy, to check and to copy again.
    assert!(COUNTS["commit_1"] > 100 && COUNTS["commit_16"] > COUNTS["commit_1"] + 15 * 24, "{:?}", *COUNTS);
    // The next run of the tree takes as many, but for what depends on where its memory lies.
    for (name, again) in numbers(&tracer::steps("reader", "writer")) {
        assert!(again.abs_diff(COUNTS[&name]) * 100 < again, "{name}: {again} after {}", COUNTS[&name]);
    }
}

#[cfg(not(debug_assertions))]
#[test]
fn no_operation_takes_more_instructions_than_it_did() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.txt");
    let now = &*COUNTS;
    let version = std::process::Command::new("rustc").arg("--version").output().expect("rustc");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        let mut text = format!("{version}\n");
        for (name, count) in now {
            let _ = writeln!(text, "{name} {count}");
        }
        std::fs::write(file, text).expect("the counts are written");
        return;
    }
    let text = std::fs::read_to_string(file).expect("counts.txt");
    let (of, lines) = text.split_once('\n').expect("a first line");
    assert_eq!(
        of, version,
        "the counts are those of another compiler: take that one, or renew them with UPDATE_COUNTS=1"
    );
    let before = lines.lines().filter_map(|line| line.split_once(' '));
    let before: BTreeMap<String, u64> =
        before.map(|(name, count)| (name.to_owned(), count.parse().expect("a count"))).collect();
    let told = differences(&before, now);
    assert!(told.is_empty(), "{told}now {now:#?}");
}

#[cfg(not(debug_assertions))]
#[test]
#[ignore = "prints a profile, of the operation that PROFILE names"]
fn profile() {
    let name = std::env::var("PROFILE").expect("PROFILE names an operation");
    let steps = STEPS.get(&name).unwrap_or_else(|| panic!("no such operation, but {:?}", STEPS.keys()));
    let functions = tracer::functions(steps);
    let whole = steps.at.len();
    assert_eq!(functions.iter().map(|(count, _)| count).sum::<usize>(), whole, "all are accounted for");
    println!("profile {name}: {whole} instructions");
    for (count, function) in functions {
        println!("{count:6} {:5.1} %  {function}", count as f64 * 100.0 / whole as f64);
    }
}

//! Readers of a peer's published fields see whole commits only, however the peer dies.

use perennial::test::{Directory, Random};
use perennial_tests::{Ended, Launch, Tree, number};
use std::time::{Duration, Instant};

const PUBLISHED: &str = env!("CARGO_BIN_EXE_published");

/// Where a commit can be cut in two, and right before and after.
const POINTS: [&str; 8] = [
    "commit.published",
    "apply.locked",
    "apply.written",
    "apply.done",
    "apply.unlocked",
    "apply.written",
    "commit.recorded",
    "apply.written",
];

/// The `watchdog` of one of the readers.
const PERIOD: Duration = Duration::from_secs(1);

/// SIGKILLs from outside.
const KILLS: usize = 100;

/// Starts the tree; its readers are content once they have seen so many incarnations.
fn start(fault: &str, incarnations: usize) -> Tree {
    let launch = Launch::new(PUBLISHED).env("INCARNATIONS", &incarnations.to_string());
    launch.env("PERENNIAL_FAULT", fault).env("RUST_LOG", "warn").start()
}

/// Waits until both readers are content, and stops the tree.
fn stop(mut tree: Tree, incarnations: usize) -> Ended {
    for name in ["left", "right"] {
        let told = tree.line_with(&["done", &format!("name={name}")]);
        let [reads, later] = ["reads", "later"].map(|field| number(&told, field));
        assert!(reads >= 20_000, "{told}");
        assert!(incarnations == 1 || later > 0, "some reads are of a restarted writer: {told}");
        println!("{told}");
    }
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.with("torn").count(), 0, "{}", ended.lines.join("\n"));
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    assert_eq!(ended.with("up name=writer").count(), incarnations, "{}", ended.lines.join("\n"));
    ended
}

#[test]
fn a_reader_never_sees_half_a_commit() {
    let ended = stop(start("", 1), 1);
    assert_eq!(ended.with("peek whole=true").count(), 1);
    for said in ["does not publish `hidden`: add #[publish]", "is of type `u64`", "has no field of that name"]
    {
        assert_eq!(ended.with(said).count(), 1, "{said}: {}", ended.lines.join("\n"));
    }
}

#[test]
fn a_reader_never_sees_half_a_commit_that_a_death_has_cut_in_two() {
    for points in POINTS.chunks(4) {
        let arm = |(n, point): (usize, &&str)| format!("{point}:{}:{}", n + 1, 300 + n * 7);
        let arms: Vec<String> = points.iter().enumerate().map(arm).collect();
        let ended = stop(start(&arms.join(","), arms.len() + 1), arms.len() + 1);
        assert_eq!(ended.with("fault point reached").count(), arms.len(), "{}", ended.lines.join("\n"));
    }
}

#[test]
fn a_reader_never_sees_half_a_commit_of_a_writer_that_is_killed_at_random() {
    let mut random = Random::new(0x5eed);
    let mut tree = start("", KILLS + 1);
    for _ in 0..KILLS {
        let told = tree.line("up name=writer");
        tree.mark();
        // At any place of its work: there is no event to wait for.
        std::thread::sleep(Duration::from_micros(random.below(5000) as u64));
        // SAFETY: takes numbers; the process is a child of root's, which reaps it only when it has died, of this.
        assert_eq!(unsafe { libc::kill(number(&told, "pid") as i32, libc::SIGKILL) }, 0);
    }
    stop(tree, KILLS + 1);
}

#[test]
fn a_reader_that_waits_for_a_dead_writer_is_no_hang() {
    let directory = Directory::new();
    let path = directory.path().join("settings");
    std::fs::write(&path, "Writer.backoff = 5s\nWriter.max_backoff = 5s\n").unwrap();
    let launch =
        Launch::new(PUBLISHED).env("INCARNATIONS", "3").env("PERENNIAL_CONFIG", path.to_str().unwrap());
    let mut tree = launch
        .env("PERENNIAL_FAULT", "apply.written:1:300,apply.written:2:300")
        .env("RUST_LOG", "warn")
        .start();
    // The first restart is immediate.
    tree.nth_line("fault point reached", 2);
    let began = Instant::now();
    tree.nth_line("up name=writer", 3);
    assert!(began.elapsed() > PERIOD * 2, "{:?}", began.elapsed());
    let ended = stop(tree, 3);
    assert_eq!(ended.with("gave no sign of life").count(), 0, "{}", ended.lines.join("\n"));
}

//! Rings between real processes, while some of them are killed.

use perennial::test::Random;
use perennial_tests::storm::strike;
use perennial_tests::{Ended, Launch, Tree, number};
use std::time::Duration;

/// Kills that must be delivered to a tree.
const KILLS: u32 = 300;

/// Strikes random processes of `tree`; how many daemons and transactions.
fn storm(tree: &Tree, seed: u64) -> (u32, u32) {
    let mut random = Random::new(seed);
    let (mut daemons, mut transactions) = (0, 0);
    while daemons + transactions < KILLS {
        match strike(tree.pid(), daemons * 2 > transactions, &mut random) {
            Some(true) => daemons += 1,
            Some(false) => transactions += 1,
            None => continue,
        }
        std::thread::sleep(Duration::from_micros(random.below(3000) as u64));
    }
    println!("kills delivered: {daemons} daemons, {transactions} transactions, seed {seed:#x}");
    assert!(daemons > 50 && transactions > 50, "too few of one kind");
    (daemons, transactions)
}

fn lines(ended: &Ended) -> String {
    ended.lines.join("\n")
}

#[test]
fn every_consumer_gets_everything_once_from_a_producer_that_waits() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_fan")).env("RUST_LOG", "warn").start();
    tree.line("up name=right");
    storm(&tree, 0xfa4);
    tree.send("finish");
    tree.hush();
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", lines(&ended));
    let told = ended.last("source next=");
    let (pushed, waits) = (number(told, "next"), number(told, "waits"));
    println!("{pushed} numbers, {waits} waits for room");
    assert!(pushed > 1000 && waits > 10, "{told}");
    for name in ["left count=", "right count="] {
        let told = ended.last(name);
        let got = ["count", "sum", "wrong", "letters"].map(|field| number(told, field));
        assert_eq!(got, [pushed, pushed * (pushed - 1) / 2, 0, 0], "{told}");
    }
    // Nobody has waited for the one that was done early.
    assert!(number(ended.last("lag of=Brief"), "messages") > 100, "{}", lines(&ended));
    assert_eq!(
        ended.with("gave no sign of life").count(),
        0,
        "who waits for room is idle: {}",
        lines(&ended)
    );
}

#[test]
fn waiting_for_room_ends_when_there_is_some_or_nobody_to_wait_for() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_waiting_push")).start();
    tree.line("update done=true long=true");
    tree.line("task done=true");
    tree.line("timeout true");
    tree.line("released");
    tree.line("own too_many=true");
    tree.line("waiting for ever");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", lines(&ended));
    for line in ["refused true", "stopping true"] {
        assert_eq!(ended.with(line).count(), 1, "{}", lines(&ended));
    }
    assert_eq!(ended.with("gave no sign of life").count(), 0, "{}", lines(&ended));
}

#[test]
fn a_ring_that_drops_the_oldest_counts_them_and_tears_none() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_lossy")).env("RUST_LOG", "error").start();
    tree.line("up name=tasks");
    storm(&tree, 0x1055);
    tree.send("finish");
    let pushed = number(&tree.line("source next="), "next");
    for name in ["Updates", "Tasks"] {
        let told = tree.line(&format!("{name} at={pushed} "));
        println!("{told}");
        assert_eq!(["torn", "wrong", "letters"].map(|field| number(&told, field)), [0; 3]);
        assert!(number(&told, "missed") > 100 && number(&told, "count") > 100, "{told}");
    }
    tree.signal(libc::SIGTERM);
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn dead_letters_are_delivered_again_in_order_across_deaths() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_replaying")).env("RUST_LOG", "off").start();
    tree.line("len=0 letters=3 booked=[0, 2, 4, 6]");
    let told = |arguments: &[&str]| {
        let output = tree.tool(arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, letters) = told(&["letters", "Eater.inbox"]);
    let rows: Vec<Vec<&str>> = letters.lines().skip(1).map(|row| row.split_whitespace().collect()).collect();
    let row = |position| vec!["Eater.inbox", position, "2", "attempts", "-"];
    assert_eq!((code, rows), (Some(0), vec![row("1"), row("3"), row("5")]), "{letters}");
    let (_, ps) = told(&["ps"]);
    let ring: Vec<&str> = ps.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(ring, ["Feeder.out", "->", "Eater.inbox", "refuse", "8", "0", "0", "3", "0"], "{ps}");
    assert_eq!(told(&["letters", "Eater.none"]).0, Some(64));
    tree.send("heal");
    tree.line("replayed=3");
    tree.line("waiting=3");
    tree.line("len=0 letters=0 booked=[0, 2, 4, 6, 1, 3, 5]");
    tree.signal(libc::SIGTERM);
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn a_command_has_dead_letters_delivered_again() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_replaying")).env("RUST_LOG", "off").start();
    tree.line("len=0 letters=3 booked=[0, 2, 4, 6]");
    let ask = |tree: &Tree, arguments: &[&str]| {
        let output = tree.tool(arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    };
    // They fail again, and go to where they were: the first two behind the third.
    let (code, said) = ask(&tree, &["replay", "Eater.inbox", "2"]);
    assert_eq!(code, Some(0), "{said}");
    let letters = |tree: &Tree| -> Vec<String> {
        let (_, listed) = ask(tree, &["letters", "Eater.inbox"]);
        let position = |row: &str| row.split_whitespace().nth(1).unwrap_or_default().to_owned();
        listed.lines().skip(1).map(position).collect()
    };
    tree.until("the first two have failed again", |tree| letters(tree) == ["5", "1", "3"]);
    for wrong in [&["replay", "Eater.none"][..], &["replay"], &["replay", "Eater.inbox", "many"]] {
        assert_eq!(ask(&tree, wrong).0, Some(64), "{wrong:?}");
    }
    tree.send("heal");
    tree.line("len=0 letters=0 booked=[0, 2, 4, 6, 5, 1, 3]");
    tree.signal(libc::SIGTERM);
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn telemetry_is_read_once_and_whole_whoever_is_killed() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_live")).env("RUST_LOG", "error").start();
    tree.line("up name=updates");
    tree.line("up name=tasks");
    storm(&tree, 0x11fe);
    let ps = String::from_utf8_lossy(&tree.tool(&["ps"]).stdout).into_owned();
    let rings: Vec<&str> = ps.lines().filter(|line| line.contains(" -> ")).collect();
    assert!(rings.len() == 2 && rings.iter().all(|ring| ring.contains(" live ")), "{ps}");
    let map = String::from_utf8_lossy(&tree.tool(&["map"]).stdout).into_owned();
    assert!(map.contains("live rings"), "{map}");
    tree.send("finish");
    let pushed = number(&tree.line("gauge next="), "next");
    for name in ["Updates", "Tasks"] {
        let told = tree.line(&format!("{name} at={pushed} "));
        println!("{told}");
        assert_eq!(["torn", "wrong"].map(|field| number(&told, field)), [0; 2]);
        assert!(number(&told, "missed") > 100 && number(&told, "count") > 100, "{told}");
    }
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", lines(&ended));
    assert_eq!(ended.with("committed").count(), 0);
}

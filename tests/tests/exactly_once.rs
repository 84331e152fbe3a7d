//! A storm of SIGKILLs from outside, at random daemons and transactions: every number arrives, once, in
//! order.

use perennial::test::Random;
use perennial_tests::storm::strike;
use perennial_tests::{Launch, Tree, number};
use std::time::Duration;

const STORM: &str = env!("CARGO_BIN_EXE_storm");

/// Kills that must be delivered.
const KILLS: u32 = 400;

fn storm(seed: u64) {
    let mut random = Random::new(seed);
    let mut tree: Tree = Launch::new(STORM).env("RUST_LOG", "warn").start();
    tree.line("up name=audit");
    let (mut daemons, mut transactions) = (0, 0);
    while daemons + transactions < KILLS {
        // Transactions are short; look again until one is there.
        let wanted = daemons * 2 > transactions;
        match strike(tree.pid(), wanted, &mut random) {
            Some(true) => daemons += 1,
            Some(false) => transactions += 1,
            None => continue,
        }
        std::thread::sleep(Duration::from_micros(random.below(3000) as u64));
    }
    println!(
        "kills delivered: {} ({daemons} daemons, {transactions} transactions), seed {seed}",
        daemons + transactions
    );
    assert!(daemons + transactions >= 100, "too few kills");
    tree.send("finish");
    tree.hush();
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let pushed = number(ended.last("source next="), "next");
    println!("{pushed} numbers, {} incarnations", ended.with("up name=").count());
    assert!(pushed > 100, "no work was done during the storm: {pushed}");
    for name in ["sink count=", "audit count="] {
        let told = ended.last(name);
        let got = ["count", "sum", "wrong", "letters"].map(|field| number(told, field));
        assert_eq!(got, [pushed, pushed * (pushed - 1) / 2, 0, 0], "{told}");
    }
    // A transaction that is killed is noticed at once, not only by its timeout.
    assert_eq!(ended.with("did not end within").count(), 0, "{}", ended.lines.join("\n"));
    assert!(ended.with("up name=").count() as u32 > daemons / 2, "the killed daemons came again");
}

#[test]
fn nothing_is_lost_or_counted_twice_in_a_storm() {
    storm(0x5eed);
}

#[test]
fn a_message_that_kills_its_daemon_is_set_aside() {
    for how in ["abort", "panic"] {
        let ended = Launch::new(env!("CARGO_BIN_EXE_poison")).arg(how).start().end();
        assert_eq!(ended.code, Some(0), "{how}: {}", ended.lines.join("\n"));
        assert_eq!(
            ended.with("poison").filter(|line| *line == "poison").count(),
            3,
            "{how}: tried as often as the ring allows"
        );
        let told = ended.last("final ");
        let got =
            ["count", "sum", "letters", "tries", "letter", "generation"].map(|field| number(told, field));
        assert_eq!(got, [9, 45 - 4, 1, 3, 4, 4], "{how}: {told}");
    }
}

#[test]
fn full_dead_letters_stop_the_ring_and_nothing_else() {
    let ended = Launch::new(env!("CARGO_BIN_EXE_crowded")).start().end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    for letter in 0..3 {
        let told = format!("letter {letter} after 2 tries");
        assert_eq!(ended.with(&told).count(), 1, "{}", ended.lines.join("\n"));
    }
    // Two attempts each; once there is room again, the message goes there without being run again.
    let tries = number(ended.last("tries="), "tries");
    assert!((6..=8).contains(&tries), "{tries}");
    assert_eq!(ended.with("crashed: SIGABRT").count(), 6);
}

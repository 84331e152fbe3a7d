//! Maps and buffers in a tree whose daemon and transactions are killed from outside, at random: what they hold in the
//! end is what std's collections hold after the same steps.

use perennial::test::Random;
use perennial_tests::shelving::{ENOUGH, expected};
use perennial_tests::strike::storm;
use perennial_tests::{Launch, Tree, number};
use std::time::Duration;

/// Kills of daemons, and of transactions, that must be delivered.
const KILLS: u32 = 300;

#[test]
fn maps_and_buffers_equal_their_models_after_a_storm_of_kills() {
    let mut random = Random::new(0x5eed);
    let mut tree: Tree = Launch::new(env!("CARGO_BIN_EXE_shelving")).env("RUST_LOG", "error").start();
    tree.line("up name=keeper");
    let pause = Duration::from_millis(3);
    let (daemons, transactions) = storm(tree.pid(), KILLS, pause, &mut random);
    tree.line("enough steps=");
    tree.send("finish");
    tree.hush();
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let told = ended.last("keeper steps=");
    let steps = number(told, "steps") as u64;
    println!("kills delivered: {daemons} daemons, {transactions} transactions; {steps} steps");
    assert!(steps >= ENOUGH, "{told}");
    assert!(
        !ended.lines.iter().any(|line| line.contains("invalid")),
        "no transaction leaves the maps different"
    );
    let held = ["pairs", "bytes"].map(|name| number(told, name) as u64);
    assert_eq!(held, expected(steps), "pairs and bytes after {steps} steps");
}

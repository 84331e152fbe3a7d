//! Calls survive both of their sides: each is carried out once or not at all, and its end says which.

use perennial::test::Random;
use perennial_tests::strike::strike;
use perennial_tests::{Launch, Tree, number};
use std::time::Duration;

/// Kills that must be delivered.
const KILLS: u32 = 300;

/// The characters of an account, in order.
fn account(lines: &[String], what: &str) -> Vec<u8> {
    lines.iter().filter_map(|line| line.strip_prefix(what)).flat_map(str::bytes).collect()
}

#[test]
fn a_call_is_carried_out_once_in_a_storm() {
    let mut random = Random::new(0x5eed);
    let mut tree: Tree = Launch::new(env!("CARGO_BIN_EXE_calling")).env("RUST_LOG", "warn").start();
    tree.line("up name=server");
    let (mut daemons, mut transactions) = (0, 0);
    while daemons + transactions < KILLS {
        let transaction = daemons * 2 > transactions;
        if !strike(tree.pid(), transaction, &mut random) {
            continue;
        }
        *(if transaction { &mut transactions } else { &mut daemons }) += 1;
        // At any place of their work: there is no event to wait for.
        std::thread::sleep(Duration::from_micros(random.below(3000) as u64));
    }
    tree.send("finish");
    tree.hush();
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let (ends, mut runs) = (account(&ended.lines, "ends "), account(&ended.lines, "runs "));
    assert!(runs.len() <= ends.len(), "what was carried out was asked");
    runs.resize(ends.len(), b'0');
    for (call, (end, runs)) in ends.iter().zip(&runs).enumerate() {
        let possible: &[u8] = match end {
            b'a' => b"1",
            b'e' | b'-' => b"0",
            b't' | b'f' => b"01",
            _ => b"",
        };
        assert!(
            possible.contains(runs),
            "call {call} ended as {} and ran {} times",
            *end as char,
            *runs as char
        );
    }
    let count =
        |of: &dyn Fn(u8, u8) -> bool| ends.iter().zip(&runs).filter(|(end, runs)| of(**end, **runs)).count();
    let (ran, answered) = (count(&|_, runs| runs == b'1'), count(&|end, _| end == b'a'));
    let unknown = count(&|end, runs| matches!(end, b't' | b'f') && runs == b'1');
    let refused = count(&|end, _| end == b'e');
    let late = number(ended.last("caller late="), "late");
    println!(
        "{daemons} daemons and {transactions} transactions killed: {ran} calls carried out, {answered} answered, \
         {unknown} timed out all the same, {refused} expired, {late} replies late"
    );
    assert_eq!(ran, answered + unknown);
    assert!(answered > 100, "no work was done during the storm: {answered}");
    assert_eq!(number(ended.last("caller late="), "letters"), 0);
}

#[test]
fn a_call_that_is_waited_for_is_carried_out_and_booked_once_in_a_storm() {
    let mut random = Random::new(0xca11);
    let mut tree: Tree = Launch::new(env!("CARGO_BIN_EXE_asking")).env("RUST_LOG", "warn").start();
    tree.line("up name=caller");
    tree.line("up name=server");
    // The server keeps the third call longer than the caller's watchdog lets anybody hang.
    std::thread::sleep(Duration::from_millis(1500));
    let (mut daemons, mut transactions) = (0, 0);
    while daemons + transactions < KILLS {
        let transaction = daemons * 2 > transactions;
        if !strike(tree.pid(), transaction, &mut random) {
            continue;
        }
        *(if transaction { &mut transactions } else { &mut daemons }) += 1;
        // At any place of their work: there is no event to wait for.
        std::thread::sleep(Duration::from_micros(random.below(3000) as u64));
    }
    tree.send("finish");
    tree.hush();
    let ended = tree.end();
    let all = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "{all}");
    let (caller, server) = (ended.last("caller next="), ended.last("server once="));
    println!("{daemons} daemons and {transactions} transactions killed: {caller}; {server}");
    let next = number(caller, "next");
    assert!(next > 100, "no work was done during the storm: {caller}");
    assert_eq!((number(caller, "booked"), number(caller, "wrong")), (next, 0), "{all}");
    assert_eq!((number(server, "once"), number(server, "more")), (next, 0), "{all}");
    assert_eq!(ended.with("gave no sign of life").count(), 0, "{all}");
}

//! Settings files, right and wrong, as text.

use super::Settings;
use super::parse::Draft;
use super::policy;
use crate::layout::Layout;
use crate::root::tree::Descriptor;
use crate::state::{Escalation, Options};
use core::time::Duration;
use log::LevelFilter;
use proptest::prelude::*;

const NO_LAYOUT: Layout = Layout {
    shared: 0,
    live_at: 0,
    live: 0,
    image: 0,
    record: 0,
    index: 0,
    history: 0,
    journal_at: 0,
    index_at: 0,
    history_at: 0,
    region: 0,
    heap: 0,
    scratch: 0,
    slot_index_at: 0,
    slot_scratch_at: 0,
    slot: 0,
    share: 0,
};

const fn daemon(name: &'static str) -> Descriptor {
    Descriptor {
        name,
        type_id: core::any::TypeId::of::<()>,
        layout: NO_LAYOUT,
        options: Options::new(0),
        fields: &[],
        enter: |_| std::process::abort(),
        depends_on: &[],
    }
}

static DAEMONS: [Descriptor; 2] = [
    daemon("Gateway"),
    Descriptor {
        options: Options { watchdog: Some(Duration::from_secs(5)), ..Options::new(0) },
        ..daemon("Ledger")
    },
];

fn read(bytes: &[u8]) -> Draft {
    let mut draft = Draft::new(&DAEMONS);
    draft.feed(bytes);
    draft.finish();
    draft
}

fn problems(bytes: &[u8]) -> Vec<String> {
    let draft = read(bytes);
    let names = || DAEMONS.iter().map(|daemon| daemon.name);
    draft
        .problems
        .told()
        .map(|problem| {
            let mut text = String::new();
            problem.write(&mut text, names());
            text
        })
        .collect()
}

const FULL: &str = "\
# Everything that can be said.
log = debug\t# with a comment
  Ledger.max_restarts=2_0
Ledger . within = 1 m
Ledger.backoff = 5ms
Ledger.max_backoff = 250us # less than usual, but

Ledger.healthy_after = 3s
Ledger.watchdog = 2s
Ledger.start_timeout = off
Ledger.stop_timeout = 0s
Ledger.escalation = stop( 17 )\r
Gateway.escalation = abandon";

#[test]
fn every_setting_is_taken() {
    let text = FULL.replace("250us", "7ms");
    let draft = read(text.as_bytes());
    assert_eq!(problems(text.as_bytes()), [""; 0]);
    assert_eq!(draft.level, Some(LevelFilter::Debug));
    let ledger = draft.policies[1];
    assert_eq!(ledger.max_restarts, 20);
    assert_eq!(ledger.within, Duration::from_secs(60));
    assert_eq!(ledger.backoff, Duration::from_millis(5));
    assert_eq!(ledger.max_backoff, Duration::from_millis(7));
    assert_eq!(ledger.healthy_after, Some(Duration::from_secs(3)));
    assert_eq!(ledger.watchdog, Some(Duration::from_secs(2)));
    assert_eq!(ledger.start_timeout, None);
    assert_eq!(ledger.stop_timeout, Duration::ZERO);
    assert_eq!(ledger.escalation, Escalation::Stop(17));
    assert_eq!(draft.policies[0].escalation, Escalation::Abandon);
    assert_eq!(draft.policies[0].max_restarts, Options::new(0).max_restarts, "as declared");
}

#[test]
fn nothing_changes_nothing() {
    for empty in ["", "\n\n", "# a comment", "   \t\r\n"] {
        let draft = read(empty.as_bytes());
        assert_eq!(draft.problems.count, 0, "{empty:?}");
        assert_eq!(draft.level, None);
        assert_eq!(draft.policies, Draft::new(&DAEMONS).policies);
    }
}

#[test]
fn every_error_names_line_cause_and_remedy() {
    let one = |text: &str, expected: &str| assert_eq!(problems(text.as_bytes()), [expected], "{text}");
    one("\n\nwhat is this", "line 3: `what is this` has no `=`; write `key = value`");
    one("log = loud", "line 1: `loud` is no level; write off, error, warn, info, debug or trace");
    one("Lodger.within = 1s", "line 1: the tree has no daemon `Lodger`; it has Gateway, Ledger");
    let keys = "max_restarts, within, backoff, max_backoff, healthy_after, watchdog, start_timeout, \
                stop_timeout, escalation";
    let remedy = format!("write log or DAEMON.KEY with KEY one of {keys}");
    one("Ledger.mem = 1", &format!("line 1: there is no setting `Ledger.mem`; {remedy}"));
    one("lgo = debug", &format!("line 1: there is no setting `lgo`; {remedy}"));
    one("= debug", &format!("line 1: there is no setting ``; {remedy}"));
    let twice = "is set in an earlier line already; remove one of them";
    one("log = info\nlog = info", &format!("line 2: `log` {twice}"));
    one(
        "Ledger.within = 1s\nGateway.within = 1s\nLedger.within = 1s",
        &format!("line 3: `Ledger.within` {twice}"),
    );
    for value in ["", "-1", "4294967296", "1.5", "ten", "99999999999999999999999"] {
        one(
            &format!("Ledger.max_restarts = {value}"),
            &format!("line 1: `{value}` is no whole number up to 4294967295; write one such as 10"),
        );
    }
    let units = "a whole number and a unit (ns, us, ms, s, m, h), such as";
    for value in ["5", "s", "-5s", "1.5s", "5 parsecs", "off", "99999999999999999999h", "9999999999h"] {
        one(
            &format!("Ledger.stop_timeout = {value}"),
            &format!("line 1: `{value}` is no duration; write {units} 250ms"),
        );
    }
    one(
        "Ledger.within = 0s",
        &format!("line 1: `0s` is no duration of more than nothing; write {units} 10s"),
    );
    one(
        "Ledger.watchdog = 0ms",
        &format!("line 1: `0ms` is no duration of more than nothing; write off, or {units} 10s"),
    );
    for value in ["stop(256)", "stop(", "stop()", "halt", "stop(1)x"] {
        one(
            &format!("Ledger.escalation = {value}"),
            &format!(
                "line 1: `{value}` is no escalation; write stop, stop(CODE) with a code up to 255, reset or abandon"
            ),
        );
    }
    one(
        "Gateway.watchdog = 1s",
        "line 1: Gateway is built without a watchdog; give it one in its #[daemon], which may \
         then be changed here",
    );
    one(
        "Ledger.max_backoff = 1ms\n\n",
        "line 1: Ledger.max_backoff is less than its backoff; raise it, or lower backoff",
    );
    assert_eq!(
        problems(b"log = info\n\xff = 1\nlog"),
        ["line 2: is no UTF-8 text; write `key = value`", "line 3: `log` has no `=`; write `key = value`"]
    );
    one("x\u{1b}[2J\u{e4}", "line 1: `x?[2J??` has no `=`; write `key = value`");
}

#[test]
fn a_line_may_be_as_long_as_it_may() {
    let line = |spaces: usize| format!("log{}= info", " ".repeat(spaces));
    assert_eq!(problems(line(255 - 9).as_bytes()), [""; 0]);
    let remedy = "line 1: has more than 255 bytes before its comment; shorten it";
    assert_eq!(problems(line(255 - 8).as_bytes()), [remedy]);
    let long = format!("log = info {}# {}", " ".repeat(1000), "x".repeat(1000));
    assert_eq!(problems(long.as_bytes()), [""; 0], "neither blanks at the end nor comments count");
    let cut = format!("{} = 1", "k".repeat(100));
    assert!(
        problems(cut.as_bytes())[0].starts_with(&format!("line 1: there is no setting `{}`", "k".repeat(48)))
    );
}

#[test]
fn only_the_first_errors_are_told() {
    let draft = read("nonsense\n".repeat(1000).as_bytes());
    assert_eq!((draft.problems.told().count(), draft.problems.count), (8, 1000));
    assert_eq!(
        draft.problems.told().map(|problem| problem.line).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
}

#[test]
fn changes_are_told_as_one_would_write_them() {
    let settings = Settings {
        daemons: &DAEMONS,
        path: c"",
        named: false,
        usual: LevelFilter::Info,
        level: LevelFilter::Info,
        options: core::array::from_fn(|index| {
            DAEMONS.get(index).map_or(Options::new(0), |daemon| daemon.options)
        }),
    };
    let told = |text: &str| {
        let mut line = String::new();
        settings.tell_changes(&read(text.as_bytes()), &mut line);
        line
    };
    assert_eq!(
        told("log=trace\nLedger.max_restarts=20\nLedger.watchdog=1500ms\nLedger.escalation=reset"),
        "log info -> trace, Ledger.max_restarts 10 -> 20, Ledger.watchdog 5s -> 1500ms, \
         Ledger.escalation stop(80) -> reset"
    );
    assert_eq!(told("log=info\nLedger.max_restarts=10\nGateway.watchdog=off"), "read again, nothing changed");
}

/// Texts near to what is meant, and far from it.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "log",
        "Ledger",
        "Gateway",
        ".",
        "=",
        " ",
        "\n",
        "\r\n",
        "#",
        "within",
        "max_restarts",
        "backoff",
        "max_backoff",
        "escalation",
        "watchdog",
        "off",
        "debug",
        "stop",
        "(",
        ")",
        "17",
        "0",
        "ms",
        "s",
        "_",
        "18446744073709551615",
        "h",
        "\u{20ac}",
        "-",
    ]);
    let near = prop::collection::vec(word, 0..60).prop_map(|words| words.concat().into_bytes());
    let far = prop::collection::vec(any::<u8>(), 0..600);
    let flipped = (0..FULL.len(), any::<u8>(), 0..FULL.len()).prop_map(|(at, byte, cut)| {
        let mut bytes = FULL.as_bytes().to_vec();
        bytes[at] = byte;
        bytes.truncate(cut.max(at));
        bytes
    });
    prop_oneof![near, far, flipped]
}

proptest! {
    /// Whatever is read: no panic, every line of a problem is one of the file, and how the bytes come makes no
    /// difference.
    #[test]
    fn anything_can_be_read(bytes in texts(), step in 1_usize..40) {
        let draft = read(&bytes);
        let lines = bytes.split(|byte| *byte == b'\n').count() as u32;
        prop_assert!(draft.problems.told().all(|problem| (1..=lines).contains(&problem.line)));
        let mut other = Draft::new(&DAEMONS);
        bytes.chunks(step).for_each(|chunk| other.feed(chunk));
        other.finish();
        prop_assert_eq!(draft.policies, other.policies);
        prop_assert_eq!(draft.problems.count, other.problems.count);
        prop_assert_eq!(problems(&bytes).len(), draft.problems.count.min(8) as usize);
    }

    /// What is written is what is read.
    #[test]
    fn durations_are_read_as_they_are_written(nanos in 1_u64..) {
        let time = Duration::from_nanos(nanos);
        let mut text = String::from("Ledger.within = ");
        policy::Value::Time(time).write(&mut text);
        prop_assert_eq!(read(text.as_bytes()).policies[1].within, time);
    }
}

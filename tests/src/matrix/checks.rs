//! Comparing what was said with what must be.

use super::outcome::{Address, Code, Report, signal_name};
use super::{Place, Told, Why};
use crate::words::{field, number};

/// Where panics of the matrix happen.
const PANICS: &str = "tests/src/fault/panics.rs:";

fn report(line: &str, wanted: Report, targets: &str) {
    assert_eq!(number(line, "signal"), i64::from(wanted.signal), "{line}");
    let code = number(line, "code");
    match wanted.code {
        Code::Kernel(wanted) => assert_eq!(code, i64::from(wanted), "{line}"),
        Code::Either(one, other) => assert!([one, other].map(i64::from).contains(&code), "{line}"),
        Code::Sent => assert!(code <= 0, "{line}"),
    }
    let address = field(line, "address");
    match wanted.address {
        Address::Any => {}
        Address::Null => assert_eq!(address, "0x0", "{line}"),
        Address::Target(name) => assert_eq!(address, field(targets, name), "{name}: {line}"),
    }
}

fn panic(line: &str, message: &str) {
    assert!(line.ends_with(&format!("message={message}")), "{line}");
    assert!(field(line, "place").starts_with(PANICS), "{line}");
}

/// Checks what the caller of a transaction or an update was told.
///
/// # Panics
/// When it is not what it must be.
pub fn told(line: &str, wanted: Told, targets: &str) {
    match wanted {
        Told::Crashed(wanted) => {
            assert_eq!(field(line, "failure"), "Crashed", "{line}");
            report(line, wanted, targets);
        }
        Told::Panicked(message) => {
            assert_eq!(field(line, "failure"), "Panicked", "{line}");
            panic(line, message);
        }
        Told::Killed(signals) => {
            let possible = signals.iter().map(|signal| format!("done failure=Killed({signal})"));
            assert!(possible.into_iter().any(|possible| line == possible), "{line}");
        }
        Told::Exited(code) => assert_eq!(line, format!("done failure=Exited({code})")),
        Told::Replaced => assert_eq!(line, "done failure=Replaced"),
        Told::TimedOut => assert_eq!(line, "done failure=TimedOut(200ms)"),
        Told::OverHeap => {
            let bytes =
                line.strip_prefix("done failure=OverBudget(Heap(").and_then(|rest| rest.strip_suffix("))"));
            let bytes: usize = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or_else(|| panic!("{line}"));
            assert!((1024..=65_536).contains(&bytes), "a Vec that doubles asked for {bytes} bytes of 64 KiB");
        }
        Told::OverRecord => assert_eq!(line, "done failure=OverBudget(Record)"),
        Told::Task(error) => assert_eq!(line, format!("done failure=Task({error})")),
    }
}

/// Checks what a successor was told.
///
/// # Panics
/// When it is not what it must be.
pub fn cause(line: &str, wanted: Why, targets: &str) {
    let cause = field(line, "cause");
    match wanted {
        Why::Crash(wanted) => {
            assert_eq!(cause, "crash", "{line}");
            report(line, wanted, targets);
        }
        Why::Panic(message) => {
            assert_eq!(cause, "panic", "{line}");
            panic(line, message);
        }
        Why::Killed(signals) => {
            assert_eq!(cause, "killed", "{line}");
            assert!(signals.iter().any(|signal| number(line, "signal") == i64::from(*signal)), "{line}");
        }
        Why::Exited(code) => {
            assert_eq!((cause, number(line, "code")), ("exited", i64::from(code)), "{line}");
        }
        Why::Hung { report } => {
            let signal = if report { libc::SIGABRT } else { 0 };
            assert_eq!((cause, number(line, "signal")), ("hung", i64::from(signal)), "{line}");
        }
        Why::Failed(_) => assert_eq!(cause, "failed", "{line}"),
        Why::Returned => assert_eq!(cause, "returned", "{line}"),
    }
}

/// How a signal and its code are shown.
fn shown(report: Report) -> String {
    let signal = signal_name(report.signal);
    match report.code {
        Code::Kernel(code) => format!("{signal} (code {code}) at address 0x"),
        Code::Either(..) | Code::Sent => format!("{signal} (code "),
    }
}

/// What the log must say of a transaction that failed so, in one line; `None` where the caller alone is told.
pub fn logged_of_transaction(wanted: Told) -> Option<Vec<String>> {
    let parts = match wanted {
        Told::Crashed(report) => vec![format!("bad: crashed: {}", shown(report))],
        Told::Panicked(message) => vec![format!("bad: panicked at {PANICS}"), format!(": {message}")],
        Told::Killed(&[signal]) => vec![format!("bad: killed by {}", signal_name(signal))],
        Told::Killed(_) => vec!["bad: killed by SIG".into()],
        Told::Exited(code) => vec![format!("bad: called exit({code})")],
        Told::Replaced => vec!["bad: called exec".into()],
        Told::TimedOut => vec!["hang: did not end within 200ms".into()],
        Told::OverHeap => vec!["bad: over budget: the heap refused ".into()],
        Told::OverRecord => vec!["bad: over budget: the change is larger".into()],
        Told::Task(_) => return None,
    };
    Some(parts)
}

/// What root's line about the end of a daemon must say behind the daemon's name and PID.
pub fn logged_of_daemon(wanted: Why, doing: &str) -> Vec<String> {
    let how = match wanted {
        Why::Crash(report) => vec![format!("crashed: {}", shown(report))],
        Why::Panic(message) => vec![format!("panicked at {PANICS}"), format!(": {message}")],
        Why::Killed(&[signal]) => {
            vec![format!("was killed by {}", signal_name(signal))]
        }
        Why::Killed(_) => vec!["was killed by SIG".into()],
        Why::Exited(code) => vec![format!("called exit({code})")],
        Why::Hung { report: true } => vec!["hung: SIGABRT (code ".into()],
        Why::Hung { report: false } => vec!["hung".into()],
        Why::Returned => return vec![" returned; starting again in ".into()],
        // The error itself is in a line of the daemon's own.
        Why::Failed(_) => return vec!["returned an error".into(), "; starting again in ".into()],
    };
    let rest = [format!(", {doing}"), "; starting again in ".into()];
    how.into_iter().chain(rest).collect()
}

/// What the victim is doing when it is struck, in the log's words.
pub const fn doing(place: Place) -> &'static str {
    match place {
        Place::Transaction | Place::Running | Place::Twins => "in `run`",
        Place::Asleep => "in a signal handler while it waited",
        Place::Update => "inside `update`",
        Place::Flight | Place::Family => "while it waited for a transaction",
    }
}

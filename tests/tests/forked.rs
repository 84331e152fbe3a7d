//! A change of a `Scratch` in a process of its own: it takes effect as a whole or not at all, however it ends.

use perennial::prelude::*;
use perennial::state::WhenFull;
use std::time::{Duration, Instant};

#[message]
#[derive(Clone, Copy, Debug, PartialEq)]
enum Refused {
    Negative { by: i32 },
}

#[daemon(mem = "256KiB", record = "4KiB", validate = Account::check)]
struct Account {
    cents: i64,
    rows: Array<u64, 1000>,
    out: Producer<u32, 4>,
}

impl Account {
    fn check(s: &AccountRef<'_>) -> Result<(), &'static str> {
        if *s.cents > 1000 { Err("too rich") } else { Ok(()) }
    }
}

#[daemon(mem = "64KiB")]
struct Printer {
    inbox: Consumer<u32, 4>,
}

#[expect(clippy::needless_pass_by_value, reason = "as a change is given it")]
fn deposit(s: AccountMut<'_>, by: i32) -> Result<i64, Refused> {
    *s.cents += i64::from(by);
    let _ = s.rows.set(999_u32, by as u64);
    if by < 0 {
        return Err(Refused::Negative { by });
    }
    let _ = s.out.push(by as u32);
    Ok(*s.cents)
}

fn look(account: &Scratch<Account>) -> (i64, Option<u64>, u64) {
    let s = account.state();
    (*s.cents, s.rows.get(999_u32).copied(), account.sequence())
}

/// How a change ends, and what must come of it.
type End = fn() -> Result<i64, Refused>;
type Expected = fn(&Failure<Refused>) -> bool;

#[test]
fn what_returns_ok_takes_effect_with_all_that_it_pushed() {
    let (mut account, mut printer) = (Scratch::<Account>::new(), Scratch::<Printer>::new());
    account.connect("out", &mut printer, "inbox", WhenFull::Refuse, 0);
    let mut seen = Vec::new();
    for by in 1..=9 {
        assert_eq!(account.forked(|s| deposit(s, by)), Ok((1..=i64::from(by)).sum()));
        assert_eq!(look(&account), ((1..=i64::from(by)).sum(), Some(by as u64), by as u64));
        if by % 2 == 0 {
            let popped =
                printer.forked(|s| Ok::<_, ()>([s.inbox.pop().unwrap_or(0), s.inbox.pop().unwrap_or(0)]));
            seen.extend(popped.expect("two messages"));
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn nothing_is_kept_however_else_it_ends() {
    let mut account = Scratch::<Account>::new();
    account.forked(|s| deposit(s, 7)).expect("a deposit");
    let before = look(&account);
    let wrong: [(&str, End, Expected); 7] = [
        (
            "an error",
            || Err(Refused::Negative { by: -3 }),
            |f| *f == Failure::Task(Refused::Negative { by: -3 }),
        ),
        (
            "a panic",
            || panic!("out of {}", "luck"),
            |f| matches!(f, Failure::Panicked(panic) if panic.message.as_str() == "out of luck"),
        ),
        (
            "a bad pointer",
            || {
                // SAFETY: none; it crashes.
                unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
                Ok(0)
            },
            |f| matches!(f, Failure::Crashed(crash) if crash.signal == libc::SIGSEGV),
        ),
        (
            "an abort",
            || std::process::abort(),
            |f| matches!(f, Failure::Crashed(crash) if crash.signal == libc::SIGABRT),
        ),
        ("an exit", || std::process::exit(3), |f| *f == Failure::Exited(3)),
        ("an exit that looks like success", || std::process::exit(0), |f| *f == Failure::Exited(0)),
        (
            "a kill",
            || {
                // SAFETY: takes numbers.
                unsafe { libc::raise(libc::SIGKILL) };
                Ok(0)
            },
            |f| *f == Failure::Killed(libc::SIGKILL),
        ),
    ];
    for (name, end, expected) in wrong {
        let failure = account.forked(|s| {
            deposit(s, 5)?;
            end()
        });
        let failure = failure.expect_err(name);
        assert!(expected(&failure), "{name}: {failure:?}");
        assert_eq!(look(&account), before, "{name}");
    }
    assert_eq!(account.forked(|s| deposit(s, 1)), Ok(8), "the next one is as if nothing had been");
}

#[test]
fn limits_and_checks_are_those_of_a_tree() {
    let mut account = Scratch::<Account>::new();
    let refused = account.forked(|s| deposit(s, 1001));
    assert!(matches!(&refused, Err(Failure::Invalid(why)) if why.to_string() == "too rich"), "{refused:?}");
    let large = account.forked(|s| (0..1000_u32).try_for_each(|row| s.rows.set(row, 1)).map_err(|_| ()));
    assert!(matches!(large, Err(Failure::OverBudget(_))), "{large:?}");
    assert_eq!(look(&account), (0, Some(0), 0));
}

#[test]
fn what_hangs_is_killed() {
    let mut account = Scratch::<Account>::new();
    let (begun, most) = (Instant::now(), Duration::from_millis(200));
    let hung = account.forked_within(most, |s| {
        *s.cents = 1;
        loop {
            std::hint::black_box(());
        }
        #[expect(unreachable_code, reason = "says what it would return")]
        Ok::<(), ()>(())
    });
    assert_eq!(hung, Err(Failure::TimedOut(most)));
    assert!(begun.elapsed() >= most);
    assert_eq!(look(&account), (0, Some(0), 0));
}

//! Everything that a transaction's signature may say.
use perennial::prelude::*;
use std::time::Duration;

#[message]
#[derive(Debug)]
struct Refused {
    why: u8,
}

type Answer = Result<u32, Refused>;
type Fallible<T> = Result<T, Refused>;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    seen: [u64; 4],
    orders: Consumer<u32, 16>,
}

impl Ledger {
    #[transaction]
    fn bare() -> Result<(), ()> {
        Ok(())
    }

    /// With everything.
    #[transaction(timeout = "1s", retries = 1, backoff = "1ms", crate = perennial)]
    pub fn full(
        total: &mut u64,
        seen: &[u64; 4],
        #[arg] name: &str,
        mut times: u32,
        #[request] id: u64,
        text: String,
        #[arg] list: &mut [u8],
    ) -> std::result::Result<u32, Refused> {
        times += seen.len() as u32;
        *total += u64::from(times) + id + name.len() as u64 + text.len() as u64;
        list.reverse();
        Ok(times)
    }

    #[transaction]
    fn alias(total: &u64) -> Answer {
        Err(Refused { why: *total as u8 })
    }

    #[transaction]
    fn alias_of_one(total: &u64) -> Fallible<u64> {
        Ok(*total)
    }

    #[transaction]
    fn lifetimes<'a>(total: &mut u64, #[arg] a: &'a str, #[arg] b: &'a str) -> Result<bool, ()>
    where
        'a: 'a,
    {
        *total = 1;
        Ok(a == b)
    }

    #[transaction]
    fn names(total: &mut u64, me: u64, state: u64, s: u64, out: u64) -> Result<u64, ()> {
        *total = me + state + s + out;
        Ok(*total)
    }

    #[transaction]
    fn callback(
        #[arg] each: &dyn Fn(u64) -> u64,
        total: &mut u64,
        owned: Box<dyn FnOnce() -> u64>,
    ) -> Result<(), ()> {
        *total = each(*total) + owned();
        Ok(())
    }

    #[transaction]
    fn r#move(r#total: &mut u64, wait: Duration) -> Result<Duration, ()> {
        *total = 0;
        Ok(wait)
    }

    fn total_of(me: &mut Handle<Self>) -> Result<u64, Failure<Refused>> {
        Self::alias_of_one(me)
    }
}

fn plain_functions() {
    let mut total = 1;
    let mut list = [1, 2];
    assert!(Ledger::full_inline(&mut total, &[1; 4], "a", 2, 3, String::new(), &mut list).is_ok());
    assert!(Ledger::move_inline(&mut total, Duration::ZERO).is_ok());
    assert!(Ledger::bare_inline().is_ok());
}

fn calls(me: &mut Handle<Ledger>) {
    let name = String::from("local");
    let _: Result<u32, Failure<Refused>> = Ledger::full(me, &name, 1, 7, name.clone(), &mut [1]);
    let _: Result<u32, Failure<Refused>> = Ledger::alias(me);
    let _: Result<u64, Failure<Refused>> = Ledger::total_of(me);
    let _: Result<bool, Failure<()>> = Ledger::lifetimes(me, &name, "b");
    let _: Result<u64, Failure<()>> = Ledger::names(me, 1, 2, 3, 4);
    let _ = Ledger::callback(me, &|x| x + 1, Box::new(|| 2));
    let _ = Ledger::r#move(me, Duration::from_secs(1));
    let _ = Ledger::bare(me);
}

fn main() {
    plain_functions();
    let _ = calls as fn(&mut Handle<Ledger>);
}

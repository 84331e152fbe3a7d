//! The user's items, fields, variants and arguments are named as what the macros emit, or as what it uses.
#![allow(dead_code, non_camel_case_types)]
use ::perennial::prelude::*;

mod core {}
mod std {}
mod perennial {}
struct State;
struct Image;
struct Spec;
struct Field;
struct Tree;
struct Heap;
enum Option {}
enum Result {}
const TREE: u8 = 1;
static HEAP: u8 = 2;
const SIZE: u8 = 3;
const FIELDS: u8 = 4;
fn fingerprint() {}
fn encode() {}

#[message]
#[derive(Debug, PartialEq)]
struct Parts {
    part_0: u8,
    tag: u8,
    size: u16,
    out: u8,
    bytes: u8,
    wire: u8,
}

#[message]
#[derive(Debug, PartialEq)]
enum Error {
    Ok(u8),
    Err { part_0: u8, tag: u8, bytes: u8 },
    None,
    Some,
}

#[daemon(mem = "1MiB", restart = decide, validate = Ledger::check)]
struct Ledger {
    at: u64,
    table: u64,
    incident: u64,
    cells: u64,
    row: u64,
    state: u64,
    image: u64,
    options: u64,
    name: u64,
    this: u64,
    end: u64,
    bytes: u64,
    out: u64,
}

impl Ledger {
    fn check(_: &LedgerRef<'_>) -> ::core::result::Result<(), Refused> {
        Ok(())
    }

    fn decide(_: &Incident<'_, Self>) -> Decision {
        Decision::Resume
    }

    #[transaction]
    fn spec(
        at: &mut u64,
        table: &u64,
        state: &u64,
        me: u64,
        s: u64,
        spec: u64,
        task: u64,
        #[request] request: u64,
    ) -> ::core::result::Result<u64, Error> {
        *at = table + state + me + s + spec + task + request;
        Ok(*at)
    }

    #[transaction]
    fn transact(#[arg] this: &str, end: &mut u64) -> ::core::result::Result<(), Error> {
        *end = this.len() as u64;
        Err(Error::None)
    }
}

struct Refused;

impl ::std::fmt::Display for Refused {
    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
        f.write_str("refused")
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _ = Ledger::spec(me, 1, 2, 3, 4, 5);
        let _ = Ledger::transact(me, "end");
        Ok(())
    }
}

/// Ends the program before the tree starts: what matters is that all of it compiles.
fn end() -> ::core::result::Result<(), Refused> {
    let parts = || Parts { part_0: 1, tag: 2, size: 3, out: 4, bytes: 5, wire: 6 };
    let mut wire = [0; Parts::SIZE];
    parts().encode(&mut wire);
    assert_eq!(Parts::decode(&wire), Some(parts()));
    let mut wire = [0; Error::SIZE];
    Error::Err { part_0: 1, tag: 2, bytes: 3 }.encode(&mut wire);
    assert_eq!(Error::decode(&wire), Some(Error::Err { part_0: 1, tag: 2, bytes: 3 }));
    let (mut at, mut last) = (0, 0);
    assert_eq!(Ledger::spec_inline(&mut at, &1, &2, 3, 4, 5, 6, 7).ok(), Some(28));
    assert!(Ledger::transact_inline("abc", &mut last).is_err() && last == 3);
    ::std::process::exit(0)
}

root! {
    mem = "8MiB";
    setup = end;
    daemons: [Ledger];
}

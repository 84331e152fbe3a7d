//! The strictest lints of a user's crate do not fire on generated code.
#![forbid(unsafe_code)]
#![deny(missing_docs, unused, unreachable_pub, unused_qualifications, missing_debug_implementations)]
#![deny(missing_copy_implementations, private_interfaces, single_use_lifetimes, elided_lifetimes_in_paths)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#![allow(clippy::restriction, reason = "named one by one: some contradict each other")]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]
#![deny(clippy::exhaustive_structs, clippy::exhaustive_enums, clippy::missing_inline_in_public_items)]
#![deny(clippy::allow_attributes_without_reason, clippy::implicit_return, clippy::undocumented_unsafe_blocks)]

use perennial::prelude::*;

#[message]
#[derive(Debug, Clone, Copy)]
struct Refused;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    seen: Array<u64, 8>,
    unread: u32,
}

impl Ledger {
    #[transaction(timeout = "1s")]
    fn add(total: &mut u64, seen: &Array<u64, 8>, cents: u64) -> Result<u64, Refused> {
        let _ = seen;
        *total = total.checked_add(cents).ok_or(Refused)?;
        return Ok(*total);
    }

    #[transaction]
    fn read(total: &u64) -> Result<u64, Refused> {
        return Ok(*total);
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _: Result<u64, Failure<Refused>> = Self::add(me, 1);
        let _: Result<u64, Failure<Refused>> = Self::read(me);
        return Ok(());
    }
}

root! {
    mem = "8MiB";
    daemons: [Ledger];
}

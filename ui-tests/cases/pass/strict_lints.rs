//! The strictest lints of a user's crate do not fire on generated code.
#![forbid(unsafe_code)]
#![deny(missing_docs, unused, unreachable_pub, unused_qualifications, missing_debug_implementations)]
#![deny(missing_copy_implementations, private_interfaces, single_use_lifetimes, elided_lifetimes_in_paths)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]
#![deny(clippy::exhaustive_structs, clippy::exhaustive_enums, clippy::missing_inline_in_public_items)]
#![deny(clippy::allow_attributes_without_reason, clippy::allow_attributes, clippy::as_conversions)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block, clippy::shadow_reuse)]
#![deny(
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::absolute_paths,
    clippy::missing_docs_in_private_items
)]
#![deny(clippy::let_underscore_untyped, clippy::let_underscore_must_use, clippy::multiple_inherent_impl)]
#![deny(clippy::default_numeric_fallback, clippy::question_mark_used, clippy::single_char_lifetime_names)]

use core::fmt;
use perennial::prelude::*;
use std::process;

/// Says no.
#[message]
#[derive(Debug, Clone, Copy)]
struct Refused;

/// Keeps a total.
#[daemon(mem = "1MiB", restart = decide, validate = Self::check, escalation = stop(3), watchdog = "1s")]
struct Ledger {
    /// Of all.
    total: u64,
    /// Of each.
    seen: Array<u64, 8>,
    /// Read by nobody.
    unread: u32,
}

/// Takes a reference.
const fn drop_of<T: ?Sized>(_: &T) {}

impl Ledger {
    /// Refuses what cannot be.
    const fn check(state: &LedgerRef<'_>) -> Result<(), &'static str> {
        if *state.unread == 0 { Ok(()) } else { Err("written by nobody") }
    }

    /// Goes on.
    const fn decide(incident: &Incident<'_, Self>) -> Decision {
        if incident.deaths > 3 { Decision::Reset } else { Decision::Resume }
    }

    /// Adds.
    #[transaction(timeout = "1s")]
    fn add(total: &mut u64, seen: &Array<u64, 8>, cents: u64) -> Result<u64, Refused> {
        drop_of(seen);
        *total = total.saturating_add(cents);
        Ok(*total)
    }

    /// Takes much.
    #[transaction]
    fn many(
        total: &mut u64,
        a: u64,
        b: u64,
        c: u64,
        d: u64,
        e: u64,
        f: u64,
        g: u64,
        h: u64,
    ) -> Result<(), Refused> {
        *total = a.max(b).max(c).max(d).max(e).max(f).max(g).max(h);
        Ok(())
    }

    /// Reads.
    #[transaction]
    fn read(total: &u64) -> Result<u64, Refused> {
        Ok(*total)
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let added = Self::add(me, 1).is_ok();
        let read = Self::read(me).is_ok();
        let many = Self::many(me, 1, 2, 3, 4, 5, 6, 7, 8).is_ok();
        if added && read && many { Ok(()) } else { Err(Error::new("refused")) }
    }
}

/// Has no state.
#[daemon(mem = "1MiB")]
struct Clock;

impl Daemon for Clock {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.wait_for_stop()
    }
}

/// The tree need only compile: it ends before it starts.
fn end() -> Result<(), fmt::Error> {
    process::exit(0)
}

root! {
    mem = "8MiB";
    setup = end;
    strategy = rest_for_one;
    daemons: [Ledger, Clock (depends_on = [Ledger])];
}

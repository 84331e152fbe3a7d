//! A daemon that fails as it is told on standard input, in itself or in a transaction, a twin that fails with it,
//! and peers that must not notice.

#![allow(
    clippy::result_large_err,
    reason = "failures carry their reports by value: there is no heap to box them in"
)]

mod account;
mod grab;
mod obey;
mod pacer;
mod peer;
mod plan;
mod twin;
mod victim;

use perennial::prelude::*;

// The peer comes behind the victim: it is whose image the victim tries to write.
root! {
    mem = "4MiB";
    daemons: [victim::Victim, peer::Peer, twin::Twin, pacer::Pacer];
    rings: [Victim.sent -> Peer.got, Victim.orders -> Twin.orders];
}

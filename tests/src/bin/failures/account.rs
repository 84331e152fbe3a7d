//! What daemons say of themselves.

use perennial::prelude::*;
use perennial::report::Cause;
use perennial_tests::fault::{Refusal, target};
use perennial_tests::say;

/// Why `who` was started.
pub fn of_start(who: &str, generation: u64, start: Start) {
    let pid = std::process::id();
    let head = format_args!("{who} pid={pid} generation={generation}");
    match start {
        Start::First => say!("{head} cause=first"),
        Start::Again(Cause::Crash(crash)) => {
            let (signal, code, address) = (crash.signal, crash.code, crash.address);
            say!("{head} cause=crash signal={signal} code={code} address={address:#x}");
        }
        Start::Again(Cause::Panic(panic)) => {
            let (place, message) = (panic.place, panic.message);
            say!("{head} cause=panic place={place} message={message}");
        }
        Start::Again(Cause::Killed(signal)) => say!("{head} cause=killed signal={signal}"),
        Start::Again(Cause::Exited(code)) => say!("{head} cause=exited code={code}"),
        Start::Again(Cause::Hung(report)) => {
            let signal = report.map_or(0, |crash| crash.signal);
            say!("{head} cause=hung signal={signal}");
        }
        Start::Again(Cause::Failed) => say!("{head} cause=failed"),
        Start::Again(Cause::Returned) => say!("{head} cause=returned"),
        Start::Again(cause) => say!("{head} cause={cause:?}"),
    }
}

/// Where the faults of `who` write.
pub fn of_targets(who: &str) {
    let (own, peer, alias) = (target::own(), target::peer(), target::peer_alias());
    let (data, unmapped) = (target::data(), target::UNMAPPED);
    say!("{who}-targets own={own:#x} peer={peer:#x} alias={alias:#x} data={data:#x} unmapped={unmapped:#x}");
}

/// How a change went.
pub fn of_change<T: core::fmt::Debug>(result: Result<T, Failure<Refusal>>) {
    match result {
        Ok(value) => say!("done ok={value:?}"),
        Err(Failure::Crashed(crash)) => {
            let (signal, code, address) = (crash.signal, crash.code, crash.address);
            say!("done failure=Crashed signal={signal} code={code} address={address:#x}");
        }
        Err(Failure::Panicked(panic)) => {
            say!("done failure=Panicked place={} message={}", panic.place, panic.message);
        }
        Err(failure) => say!("done failure={failure:?}"),
    }
}

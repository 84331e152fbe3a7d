//! What the victim says of itself.

use crate::Refusal;
use perennial::prelude::*;
use perennial::report::Cause;
use perennial_tests::say;

/// Why it was started.
pub fn of_start(generation: u64, start: Start) {
    let pid = std::process::id();
    match start {
        Start::First => say!("victim pid={pid} generation={generation} cause=first"),
        Start::Again(Cause::Unknown) => say!("victim pid={pid} generation={generation} cause=unknown"),
        Start::Again(Cause::Crash(crash)) => {
            let (signal, code) = (crash.signal, crash.code);
            say!("victim pid={pid} generation={generation} cause=crash signal={signal} code={code}");
        }
        Start::Again(Cause::Panic(panic)) => {
            let (place, message) = (panic.place, panic.message);
            say!("victim pid={pid} generation={generation} cause=panic place={place} message={message}");
        }
        Start::Again(cause) => say!("victim pid={pid} generation={generation} cause={cause:?}"),
    }
}

/// How a change went.
pub fn of_change<T: core::fmt::Debug>(result: Result<T, Failure<Refusal>>) {
    match result {
        Ok(value) => say!("done ok={value:?}"),
        Err(Failure::Crashed(crash)) => {
            say!(
                "done failure=Crashed signal={} code={} address={:#x}",
                crash.signal,
                crash.code,
                crash.address
            );
        }
        Err(Failure::Panicked(panic)) => {
            say!("done failure=Panicked place={} message={}", panic.place, panic.message);
        }
        Err(failure) => say!("done failure={failure:?}"),
    }
}

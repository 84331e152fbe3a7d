//! `FAILURES.md`: the matrix as a table, generated from what drives the tests.

use super::{Place, outcome};
use crate::fault::Fault;
use perennial::fault::Point;
use std::fmt::Write;

/// The command that writes the file anew.
pub const REGENERATE: &str = "UPDATE_FAILURES=1 cargo test -p perennial-tests --test matrix";

const HEAD: &str = "\
# The failure matrix

Every failure that perennial is made for, in every place where it can strike, and what must come of it. Each cell is
one test that makes it happen for real: where a signal is raised by an instruction, the kernel says so in the crash
report (its code is positive there). `cargo test -p perennial-tests --test matrix` runs them all.

A cell says who learns what, and which test shows it. Without *restart* the caller of the transaction or of the update
gets this `Failure`, and the daemon goes on. With *restart* the daemon, or each of the two, is started again, and its
successor learns this `Cause` (`Handle::start`). The number behind a signal is its code.

After each failure, twice in one tree, a test checks that

- the committed state is equal to a reference model, in the daemon, its peer and its twin; nothing of the uncommitted
  change, which touches fields of every kind, is there;
- the next transaction and the next update commit, and the peer gets both;
- the tree holds the same processes, descriptors and mappings as before the first failure, in root and in every
  daemon; no orphan is left, and no zombie but transactions in the two slots in quarantine;
- nobody was started again who was not struck;
- a peer kept its pace: of its loop, which commits and reads another's state, the p99 is within twice that in quiet, in
  a measurement that begins before the failure and ends after the restart. `each_failure_leaves_peers_their_pace`
  (`tests/tests/pace.rs`) shows it for every cell, and that it would notice a peer which stands still meanwhile;
- one line of the log names cause and place: signal, code and address, or message and source line, or exit code, and
  what the daemon was doing. An error that is a value
  (`Task`, and what `update` returns) is the caller's to log.

With one failure at the heels of the other, as many as there is time for, the same holds for a peer that has a
processor to itself (`peers_keep_their_pace`).

x86-64. This file is generated: `";

/// The whole file.
pub fn file() -> String {
    let mut text = format!("{HEAD}{REGENERATE}`.\n\n## Places\n\n");
    for place in Place::ALL {
        let _ = writeln!(text, "- **{}** (`{}`): {}", place.heading(), place.test(), place.what());
    }
    text.push_str(NOTES);
    text.push_str("\n## Failures\n\n| failure |");
    for place in Place::ALL {
        let _ = write!(text, " {} |", place.heading());
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(Place::ALL.len()));
    text.push('\n');
    for fault in Fault::ALL {
        let _ = write!(text, "| {} |", fault.what());
        for place in Place::ALL {
            let _ = write!(text, " {}<br>`{}::{}` |", outcome(*fault, *place), fault.name(), place.test());
        }
        text.push('\n');
    }
    text.push_str(POINTS);
    for point in Point::ALL {
        let _ = writeln!(text, "| `{}` | `at_every_point` |", point.name());
    }
    text
}

const NOTES: &str = "
Where a failure makes no sense in a place, the nearest thing that does is done:

- Nothing can unwind out of a signal handler: a panic there is an abort.
- An error cannot be returned out of a signal handler: it is noted there, and `run` returns it as soon as it is back.
- A hang of a daemon, in a signal handler that interrupts `wait` as elsewhere, is ended by its watchdog: SIGABRT, so
  that there is a report, then SIGKILL; a process that a signal has stopped cannot report.
- A daemon whose heap is exhausted in Rust aborts, as Rust does; a transaction is told the size that was refused.
";

const POINTS: &str = "
## Death at every named point

Processes are killed, aborted and made to exit at every point of a commit, its application, a recovery, a reset and a
flight, and in chains of them; nothing is lost and nothing takes effect twice (`tests/tests/fault_points.rs`).

| point | shown by |
|---|---|
";

//! A deadline for a tracer that waits for a process of the tree: a lost wake-up ends the test instead of hanging it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Nothing in the tree takes this long; the tracer's own looking on counts as something.
const STANDSTILL: Duration = Duration::from_secs(15);

/// Kills the tree when nothing has happened in it for long. It ends with its owner.
#[derive(Debug)]
pub struct Guard {
    events: Arc<AtomicU64>,
    _owner: Sender<()>,
}

impl Guard {
    /// Over the tree of this root.
    pub fn over(root: Pid) -> Self {
        let events = Arc::new(AtomicU64::new(0));
        let (owner, gone) = channel::<()>();
        let count = Arc::clone(&events);
        std::thread::spawn(move || {
            let mut last = 0;
            while gone.recv_timeout(STANDSTILL) == Err(RecvTimeoutError::Timeout) {
                let now = count.load(Relaxed);
                if now == last {
                    // The tracer is in a wait for this tree: root has not been reaped, and nobody else has its PID.
                    let _ = kill(root, Signal::SIGKILL);
                }
                last = now;
            }
        });
        Self { events, _owner: owner }
    }

    /// Something has happened.
    pub fn note(&self) {
        self.events.fetch_add(1, Relaxed);
    }
}

//! The lines that a tree says, on standard output and standard error of all of its processes.

use std::io::{BufRead, BufReader, PipeReader};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What was said, and what is still to come.
#[derive(Debug)]
pub struct Lines {
    coming: Receiver<String>,
    /// All lines so far.
    pub seen: Vec<String>,
    /// Those before this one are not awaited.
    pub mark: usize,
}

impl Lines {
    /// Reads until everybody has closed the other end.
    pub fn read(reader: PipeReader) -> Self {
        let (sender, coming) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(reader);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    break;
                }
            }
        });
        Self { coming, seen: Vec::new(), mark: 0 }
    }

    /// Takes what has arrived.
    pub fn take(&mut self) {
        self.seen.extend(self.coming.try_iter());
    }

    /// Waits for the `nth` line since the mark that is `wanted`.
    pub fn find(
        &mut self,
        wanted: &dyn Fn(&str) -> bool,
        nth: usize,
        patience: Duration,
    ) -> Result<String, &'static str> {
        let deadline = Instant::now() + patience;
        let (mut at, mut found) = (self.mark, 0);
        loop {
            while at < self.seen.len() {
                found += usize::from(wanted(&self.seen[at]));
                if found == nth {
                    return Ok(self.seen[at].clone());
                }
                at += 1;
            }
            match self.coming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => return Err("waited too long"),
                Err(RecvTimeoutError::Disconnected) => return Err("ended"),
            }
        }
    }

    /// Waits until nobody can say anything any more; returns whether that came within `patience`.
    pub fn drain(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            match self.coming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

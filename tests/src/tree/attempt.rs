//! Waiting that tells what went wrong instead of failing the test, for tests that try many trees.

use super::{Ended, Tree};
use crate::directory::Directory;
use std::os::unix::process::ExitStatusExt;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

impl Tree {
    /// Its runtime directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// As [`Tree::nth_line`], for the lines that are `wanted`, and for tests that try many trees and tell
    /// afterwards what went wrong.
    ///
    /// # Errors
    /// Why it waits no longer.
    pub fn try_line(
        &mut self,
        wanted: impl Fn(&str) -> bool,
        nth: usize,
        patience: Duration,
    ) -> Result<String, &'static str> {
        let deadline = Instant::now() + patience;
        loop {
            self.seen.extend(self.lines.try_iter());
            if let Some(line) = self.seen[self.mark..].iter().filter(|line| wanted(line)).nth(nth - 1) {
                return Ok(line.clone());
            }
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => return Err("waited too long"),
                Err(RecvTimeoutError::Disconnected) => return Err("ended"),
            }
        }
    }

    /// The lines that have arrived since the mark, which moves behind them.
    pub fn news(&mut self) -> Vec<String> {
        let news = self.since_mark();
        self.mark = self.seen.len();
        news
    }

    /// Everything that the tree has said.
    pub fn said(&mut self) -> String {
        self.seen.extend(self.lines.try_iter());
        self.seen.join("\n")
    }

    /// As [`Tree::end`], for tests that try many trees and tell afterwards what went wrong.
    ///
    /// # Errors
    /// What the tree has said, if it has not ended in time.
    ///
    /// # Panics
    /// When waiting for a child fails.
    pub fn try_end(mut self, patience: Duration) -> Result<Ended, String> {
        self.drained(patience).map_err(|why| format!("{why}\n{}", self.said()))
    }

    pub(super) fn drained(&mut self, patience: Duration) -> Result<Ended, String> {
        let deadline = Instant::now() + patience;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err("did not end".to_owned()),
            }
        }
        // All of its processes have closed their output, so this wait is short.
        let status = self.child.wait().expect("waiting for root");
        Ok(Ended {
            code: status.code(),
            signal: status.signal(),
            lines: core::mem::take(&mut self.seen),
            directory: core::mem::take(&mut self.directory),
        })
    }
}

//! What can be seen of a running tree from outside: root's table, its events, and the state of the daemons.

use super::Event;
use crate::cli::View;
use crate::commit::{Busy, read};
use crate::daemon::Snapshot;
use crate::layout::RegionHeader;
use crate::root::Entry;
use crate::state::{Scratch, State};
use crate::sys::{clock, futex};
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::os::unix::net::UnixStream;

/// How often somebody who waits for an event looks whether root is still there, which no event tells when it is killed.
const LOOK: Duration = Duration::from_millis(20);

/// The observer's end: root hands its arena over when it starts.
#[derive(Debug)]
pub struct Observer {
    view: View,
    names: Vec<String>,
    seen: u32,
    /// Everything that has happened so far.
    pub events: Vec<Event>,
    /// Events that came and went between two looks.
    pub missed: u32,
}

impl Observer {
    /// Waits until root hands over what there is to see.
    ///
    /// # Errors
    /// Why it did not, within `patience`.
    pub fn receive(stream: &UnixStream, patience: Duration) -> Result<Self, String> {
        stream.set_read_timeout(Some(patience)).map_err(|error| error.to_string())?;
        let view = View::receive(stream, "the tree").map_err(|error| error.to_string())?;
        let count = view.block().daemons.load(Ordering::Relaxed) as usize;
        let names = view.block().entries.iter().take(count).map(Entry::shown_name).collect();
        Ok(Self { view, names, seen: 0, events: Vec::new(), missed: 0 })
    }

    /// The names of the daemons.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Root's PID.
    pub fn root(&self) -> i32 {
        self.view.block().pid.load(Ordering::Relaxed) as i32
    }

    /// The row of daemon `name`.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let place = self.names.iter().position(|one| one == name)?;
        self.view.block().entries.get(place)
    }

    /// Takes what has happened since the last time.
    pub fn take(&mut self) {
        let events = &self.view.block().events;
        let told = events.told.load(Ordering::Acquire);
        while self.seen != told {
            match events.get(self.seen) {
                Some(happened) => self.events.push(Event {
                    what: happened.kind,
                    daemon: self.names.get(happened.daemon).cloned().unwrap_or_default(),
                    generation: happened.generation,
                    ended: happened.ended,
                    detail: happened.detail,
                }),
                None => self.missed += 1,
            }
            self.seen = self.seen.wrapping_add(1);
        }
    }

    /// Waits until something has happened that was not taken, but not for long: whoever waits is to look whether root
    /// is still there.
    pub fn wait(&self, patience: Duration) {
        let deadline = clock::monotonic().saturating_add(patience.min(LOOK));
        // Every outcome means: look again.
        let _ = futex::wait(&self.view.block().events.told, self.seen, Some(deadline));
    }

    /// Epoch and number of the newest commit of daemon `S`.
    pub fn commits<S: State>(&self) -> Option<(u64, u64)> {
        let header = self.view.header(self.entry(S::NAME)?.region.load(Ordering::Relaxed) as usize)?;
        Some((header.epoch.load(Ordering::Acquire), header.applied.load(Ordering::Acquire)))
    }

    /// A copy of all of the state of daemon `S`, as one commit left it.
    ///
    /// # Errors
    /// Why there is none.
    pub fn state<S: State>(&self, patience: Duration) -> Result<Snapshot<Scratch<S>>, String> {
        let entry = self.entry(S::NAME).ok_or_else(|| format!("has no daemon `{}`", S::NAME))?;
        if !entry.consists_of(S::FIELDS) {
            return Err(format!("has a daemon `{}` with other fields than the test's", S::NAME));
        }
        let at = entry.region.load(Ordering::Relaxed) as usize;
        let header = self.view.header(at).ok_or("has no such region")?;
        let mut copy = Scratch::<S>::new();
        let mut generation = 0;
        let from: *const RegionHeader = header;
        // SAFETY: the view is mapped as long as `self`, and the region is written by its daemon alone.
        let version = unsafe {
            read(from, patience, || {
                copy.take(from);
                generation = entry.generation.load(Ordering::Relaxed);
            })
        };
        let version =
            version.map_err(|Busy| format!("is not to be read: `{}` has died within a commit", S::NAME))?;
        copy.settle()?;
        let (epoch, sequence) = (version.epoch, version.sequence);
        Ok(Snapshot { value: copy, generation, epoch, sequence })
    }
}

//! The intake: hands on every file of the folder once, whatever happens to itself.

use super::{EndOfFolder, JOBS, MOST_IMAGES, Place};
use darkroom::event::Event;
use darkroom::folder::{self, FileName};
use darkroom::watch::{Seen, Watch, is_being_written};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use perennial::prelude::*;
use std::collections::BTreeSet;
use std::os::fd::AsFd;

/// Reads the folder. The names of all files handed on lie in its state, so a successor of one
/// that was killed lists the folder again and leaves those out.
#[daemon(mem = "20MiB", heap = "16MiB", scratch = "4KiB", max_restarts = 500, within = "1s", backoff = "0ms")]
pub struct Intake {
    /// The files handed on, in that order.
    names: Array<FileName, MOST_IMAGES>,
    /// How many.
    count: u32,
    /// Whether the end of the folder is announced.
    ended: bool,
    jobs: Producer<FileName, JOBS>,
    end: Producer<EndOfFolder, 2>,
}

impl Daemon for Intake {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let place = Place::of(me)?;
        place.tell_born(me);
        let count = *me.state().count as usize;
        let mut known: Known = me.state().names.iter().take(count).copied().collect();

        let mut going_on = Self::take_in_folder(me, place, &mut known)?;
        if let Some(watch) = &place.watch {
            while going_on && Self::watch_on(me, place, watch)? {
                going_on = Self::take_in_new(me, place, watch, &mut known)?;
            }
            // What came between the last look and the end.
            going_on = going_on && Self::take_in_new(me, place, watch, &mut known)?;
        }
        if going_on {
            Self::announce_end(me)?;
        }
        me.wait_for_stop()
    }
}

/// The names of the files handed on, to find one quickly; made anew from the state at each start.
type Known = BTreeSet<FileName>;

/// The steps. Those that hand files on say whether to go on: not once root asks to stop.
impl Intake {
    /// Lists the folder. A file that somebody still writes is left to the watch, if there is one.
    fn take_in_folder(me: &mut Handle<Self>, place: &Place, known: &mut Known) -> Result<bool, Error> {
        for name in folder::list(&place.input)?.names {
            let later = place.watch.is_some() && is_being_written(&place.input.join(name.as_str()));
            if !later && !Self::take_in(me, place, name, known)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes in what the watch has seen.
    fn take_in_new(
        me: &mut Handle<Self>,
        place: &Place,
        watch: &Watch,
        known: &mut Known,
    ) -> Result<bool, Error> {
        let mut names = Vec::new();
        let seen = watch.look(|name| names.push(name))?;
        for name in names {
            if !Self::take_in(me, place, name, known)? {
                return Ok(false);
            }
        }
        match seen {
            Seen::All => Ok(true),
            Seen::Overrun => Self::take_in_folder(me, place, known),
        }
    }

    /// Hands on one file, unless it was handed on before: a file written again under the same
    /// name is the same job, and there is one row for it.
    fn take_in(
        me: &mut Handle<Self>,
        place: &Place,
        name: FileName,
        known: &mut Known,
    ) -> Result<bool, Error> {
        if known.contains(&name) {
            return Ok(true);
        }
        if known.len() == MOST_IMAGES {
            place.tell(Event::Full { name: name.as_str() });
            return Ok(true);
        }
        if !me.wait_for(&Wait::new().room())?.is_running() {
            return Ok(false);
        }
        // Being handed on and being known as such is one commit: a kill falls before or after.
        me.update(|s| {
            s.names.set(*s.count, name)?;
            s.jobs.push(name)?;
            *s.count += 1;
            Ok::<_, Error>(())
        })?;
        known.insert(name);
        Ok(true)
    }

    /// Waits until the watch has seen something; false at the end of watching.
    fn watch_on(me: &mut Handle<Self>, place: &Place, watch: &Watch) -> Result<bool, Error> {
        me.watch(watch.as_fd())?;
        me.watch(place.until.as_fd())?;
        let running = me.wait_for(&Wait::new())?.is_running();
        // Only for this wait: one for room would end at once while the watch has something.
        me.unwatch(watch.as_fd());
        me.unwatch(place.until.as_fd());
        let mut until = [PollFd::new(place.until.as_fd(), PollFlags::POLLIN)];
        Ok(running && poll(&mut until, PollTimeout::ZERO)? == 0)
    }

    /// Tells the catalogue how many files there were.
    fn announce_end(me: &mut Handle<Self>) -> Result<(), Error> {
        me.update(|s| {
            if !*s.ended {
                s.end.push(EndOfFolder { jobs: *s.count }).map_err(|_| Error::new("no room for the end"))?;
                *s.ended = true;
            }
            Ok::<_, Error>(())
        })?;
        Ok(())
    }
}

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
    /// 1 once the end is announced.
    ended: u32,
    jobs: Producer<FileName, JOBS>,
    end: Producer<EndOfFolder, 2>,
}

impl Daemon for Intake {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let place = Place::of(me)?;
        place.tell_born(me);
        let count = *me.state().count as usize;
        let mut known: BTreeSet<FileName> = me.state().names.iter().take(count).copied().collect();

        let mut going_on = me.take_in_folder(place, &mut known)?;
        if let Some(watch) = &place.watch {
            while going_on && me.watch_on(place, watch)? {
                going_on = me.take_in_new(place, watch, &mut known)?;
            }
            // What came between the last look and the end.
            going_on = going_on && me.take_in_new(place, watch, &mut known)?;
        }
        if going_on {
            me.announce_end()?;
        }
        me.wait_for_stop()
    }
}

/// The steps of the intake. Those that hand jobs on say whether to go on: not once root asks to
/// stop.
trait Steps {
    fn take_in_folder(&mut self, place: &Place, known: &mut BTreeSet<FileName>) -> Result<bool, Error>;
    fn take_in_new(
        &mut self,
        place: &Place,
        watch: &Watch,
        known: &mut BTreeSet<FileName>,
    ) -> Result<bool, Error>;
    fn take_in(
        &mut self,
        place: &Place,
        name: FileName,
        known: &mut BTreeSet<FileName>,
    ) -> Result<bool, Error>;
    fn watch_on(&mut self, place: &Place, watch: &Watch) -> Result<bool, Error>;
    fn announce_end(&mut self) -> Result<(), Error>;
}

impl Steps for Handle<Intake> {
    /// Lists the folder. A file that somebody still writes is left to the watch, if there is one.
    fn take_in_folder(&mut self, place: &Place, known: &mut BTreeSet<FileName>) -> Result<bool, Error> {
        for name in folder::list(&place.input)?.names {
            let later = place.watch.is_some() && is_being_written(&place.input.join(name.as_str()));
            if !later && !self.take_in(place, name, known)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes in what the watch has seen.
    fn take_in_new(
        &mut self,
        place: &Place,
        watch: &Watch,
        known: &mut BTreeSet<FileName>,
    ) -> Result<bool, Error> {
        let mut names = Vec::new();
        let seen = watch.look(|name| names.push(name))?;
        for name in names {
            if !self.take_in(place, name, known)? {
                return Ok(false);
            }
        }
        match seen {
            Seen::All => Ok(true),
            Seen::Overrun => self.take_in_folder(place, known),
        }
    }

    /// Hands on one file, unless it was handed on before: a file written again under the same
    /// name is the same job, and there is one row for it.
    fn take_in(
        &mut self,
        place: &Place,
        name: FileName,
        known: &mut BTreeSet<FileName>,
    ) -> Result<bool, Error> {
        if known.contains(&name) {
            return Ok(true);
        }
        if known.len() == MOST_IMAGES {
            place.tell(Event::Full { name: name.as_str() });
            return Ok(true);
        }
        if !self.wait_for(&Wait::new().room())?.is_running() {
            return Ok(false);
        }
        // Being handed on and being known as such is one commit: a kill falls before or after.
        self.update(|s| {
            s.names.set(*s.count, name)?;
            s.jobs.push(name)?;
            *s.count += 1;
            Ok::<_, Error>(())
        })?;
        known.insert(name);
        Ok(true)
    }

    /// Waits until the watch has seen something; false at the end of watching.
    fn watch_on(&mut self, place: &Place, watch: &Watch) -> Result<bool, Error> {
        self.watch(watch.as_fd())?;
        self.watch(place.until.as_fd())?;
        let running = self.wait_for(&Wait::new())?.is_running();
        self.unwatch(watch.as_fd());
        self.unwatch(place.until.as_fd());
        let mut until = [PollFd::new(place.until.as_fd(), PollFlags::POLLIN)];
        Ok(running && poll(&mut until, PollTimeout::ZERO)? == 0)
    }

    fn announce_end(&mut self) -> Result<(), Error> {
        self.update(|s| {
            if *s.ended == 0 {
                s.end.push(EndOfFolder { jobs: *s.count }).map_err(|_| Error::new("no room for the end"))?;
                *s.ended = 1;
            }
            Ok::<_, Error>(())
        })?;
        Ok(())
    }
}

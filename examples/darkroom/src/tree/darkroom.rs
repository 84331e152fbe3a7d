//! The darkroom: develops one file after the other, each in a transaction, since the decoder may
//! crash on any of them.

use super::{Ending, Finished, JOBS, Place, RESULTS, Reason};
use darkroom::develop::develop;
use darkroom::folder::FileName;
use darkroom::thumbnail;
use nix::sys::signal::Signal;
use perennial::prelude::*;
use std::fmt::Write;

/// Has the jobs developed and sets aside those that cannot be.
///
/// `scratch` is the memory of one transaction, so it bounds the picture: the file, the decoder's
/// planes and the pixels. 96 MiB are enough for a JPEG of 12 megapixels, and there are two, one
/// for the attempt after a crash while the kernel still takes the crashed one down.
#[daemon(
    mem = "198MiB",
    heap = "1MiB",
    scratch = "96MiB",
    max_restarts = 500,
    within = "1s",
    backoff = "0ms"
)]
pub struct Darkroom {
    jobs: Consumer<FileName, JOBS>,
    results: Producer<Finished, RESULTS>,
}

/// Why a transaction had nothing to do.
#[message]
#[derive(Debug)]
pub enum Idle {
    /// There is no job.
    NoJob,
    /// There is no room for a result.
    NoRoom,
}

/// What is remembered of the failure of a job, by its position in the ring.
type Remembered = Option<(u64, Reason)>;

impl Darkroom {
    /// Develops the next job. That it is taken and what became of it are one commit, so after a
    /// crash the job is still there. The thumbnail is a file and no part of the commit, but it
    /// appears whole and is the same whenever it is made again.
    #[transaction(timeout = "4s", retries = 2)]
    fn develop(
        jobs: &mut Consumer<FileName, JOBS>,
        results: &mut Producer<Finished, RESULTS>,
        #[arg] place: &Place,
    ) -> Result<(), Idle> {
        let name = jobs.pop().ok_or(Idle::NoJob)?;
        let ending = match develop(&place.input, &name, &place.out) {
            Ok(development) => Ending::Developed(development),
            // No crash, so trying again will not help.
            Err(error) => {
                let mut reason = Reason::EMPTY;
                let _ = write!(reason, "{error}");
                remove_thumbnail(place, &name);
                Ending::SetAside(reason)
            }
        };
        results.push(Finished { name, ending }).map_err(|_| Idle::NoRoom)
    }

    /// Hands on what the runtime has set aside after its last attempt, one job a call; false if
    /// there was nothing, or no room for it.
    fn hand_on_set_aside(me: &mut Handle<Self>, place: &Place, last: Remembered) -> Result<bool, Error> {
        let state = me.state();
        let Some(letter) = state.jobs.dead_letters().next().filter(|_| state.results.room() > 0) else {
            return Ok(false);
        };
        let mut why = Reason::EMPTY;
        let _ = match last.filter(|(position, _)| *position == letter.position) {
            Some((_, how)) => write!(why, "{how}, {} times in a row", letter.attempts),
            // Another incarnation saw how; its log lines say so.
            None => write!(why, "it failed {} times", letter.attempts),
        };
        let Some(name) = letter.message else {
            return Err(Error::new("a job's name was damaged in the ring"));
        };
        // Before the commit: whoever dies between the two finds the letter again.
        remove_thumbnail(place, &name);
        me.update(|s| {
            s.jobs.take_dead_letter();
            let ending = Ending::SetAside(why);
            s.results.push(Finished { name, ending }).map_err(|_| Error::new("no room for a result"))
        })?;
        Ok(true)
    }
}

impl Daemon for Darkroom {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let place = Place::of(me)?;
        place.tell_born(me);
        let mut last = Remembered::None;
        loop {
            while Self::hand_on_set_aside(me, place, last)? {}
            // A result needs its room before the job is begun.
            let full = me.state().results.room() == 0;
            let wait = if full { Wait::new().room() } else { Wait::new().messages() };
            if !me.wait_for(&wait)?.is_running() {
                return Ok(());
            }
            if full || me.state().jobs.is_empty() {
                continue;
            }
            let position = me.state().jobs.next_position();
            match Self::develop(me, place) {
                Ok(()) | Err(Failure::Task(_)) => {}
                Err(failure @ Failure::NotStarted(_)) => return Err(Error::new(describe(&failure))),
                Err(failure) => last = Some((position, describe(&failure))),
            }
        }
    }
}

/// A failure as a person would say it.
fn describe(failure: &Failure<Idle>) -> Reason {
    let mut text = Reason::EMPTY;
    let _ = match failure {
        Failure::Crashed(crash) => {
            let signal = Signal::try_from(crash.signal).map_or("a signal", Signal::as_str);
            // A signal that was sent, as by abort(), has no address.
            if crash.code > 0 {
                write!(text, "it crashed the decoder ({signal} at address {:#x})", crash.address)
            } else {
                write!(text, "it crashed the decoder ({signal})")
            }
        }
        Failure::TimedOut(after) => write!(text, "the decoder did not come to an end within {after:?}"),
        Failure::Killed(_) => write!(text, "the decoder was killed"),
        Failure::Panicked(panic) => write!(text, "it panicked: {}", panic.message),
        Failure::OverBudget(_) => write!(text, "it needs more memory than a transaction has"),
        other => write!(text, "it failed: {other:?}"),
    };
    text
}

/// A job that is set aside must not leave the thumbnail of an attempt that was killed too late.
fn remove_thumbnail(place: &Place, name: &FileName) {
    if let Err(error) = thumbnail::remove(&place.out, name.as_str()) {
        warn!("the thumbnail of {name} cannot be removed: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::Darkroom;
    use crate::tree::intake::Intake;
    use crate::tree::{Catalogue, Ending, Place};
    use darkroom::folder::FileName;
    use perennial::prelude::*;
    use std::fs;
    use std::io;
    use std::os::fd::AsFd;

    /// What a transaction does, without any process.
    #[test]
    fn a_picture_is_developed_and_a_damaged_one_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let descriptor = || io::stdin().as_fd().try_clone_to_owned().unwrap();
        let place = Place {
            input: folder.path().into(),
            out: folder.path().into(),
            watch: None,
            until: descriptor(),
            front: descriptor(),
        };
        fs::write(folder.path().join("good.ppm"), b"P6 1 1 255\n\x01\x02\x03").unwrap();
        fs::write(folder.path().join("torn.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let mut intake = Scratch::<Intake>::new();
        for name in ["good.ppm", "torn.png"] {
            let name = FileName::new(name.as_bytes()).unwrap();
            intake.update(|s| s.jobs.push(name)).unwrap();
        }

        let mut darkroom = Scratch::<Darkroom>::wired("jobs", &intake, "jobs");
        for left in [1, 0] {
            darkroom.update(|s| Darkroom::develop_inline(s.jobs, s.results, &place)).unwrap();
            assert_eq!(darkroom.state().jobs.len(), left);
        }
        assert!(darkroom.update(|s| Darkroom::develop_inline(s.jobs, s.results, &place)).is_err());

        let mut catalogue = Scratch::<Catalogue>::wired("results", &darkroom, "results");
        let mut next = || catalogue.update(|s| s.results.pop().ok_or(())).unwrap().ending;
        assert!(matches!(next(), Ending::Developed(development) if development.mean == [1, 2, 3]));
        assert!(matches!(next(), Ending::SetAside(why) if why == *"it is damaged"));
        assert!(folder.path().join("good.ppm.png").exists());
        assert!(!folder.path().join("torn.png.png").exists());
    }
}

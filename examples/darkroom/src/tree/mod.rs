//! The process tree: what it is made of, and where it works.
//!
//! ```text
//!           files                  what became of them
//! Intake ───────────────> Darkroom ──────────────────> Catalogue
//!    └──────────────────────── how many ──────────────────^
//! ```
//!
//! `root!` makes a function `main`. It stands in this module because the program's own `main`
//! has something to do around the tree; see [`crate::front`].

mod catalogue;
mod darkroom;
mod intake;

use ::darkroom::event::Event;
use ::darkroom::folder::{self, FileName};
use ::darkroom::measure::Development;
use ::darkroom::watch::Watch;
use catalogue::Catalogue;
use darkroom::Darkroom;
use intake::Intake;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use perennial::prelude::*;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::ExitCode;

/// The most images that one run can catalogue.
pub const MOST_IMAGES: usize = 16_384;

/// Files on their way to the darkroom: few, so that the intake waits for it.
const JOBS: usize = 16;

/// Results on their way to the catalogue.
const RESULTS: usize = 64;

/// What became of a job.
#[message]
pub struct Finished {
    name: FileName,
    ending: Ending,
}

/// How a job ended.
#[message]
pub enum Ending {
    /// In a thumbnail.
    Developed(Development),
    /// Not developed, for this reason.
    SetAside(Reason),
}

/// A reason in words for people.
pub type Reason = Text<160>;

/// The end of the folder: so many jobs were handed on, and no more will be.
#[message]
pub struct EndOfFolder {
    jobs: u32,
}

// The order is that of starting; they stop in the opposite one, so that nobody waits for somebody
// who has stopped already.
root! {
    name = "darkroom";
    mem = "224MiB";
    setup = open;
    daemons: [Catalogue, Darkroom, Intake];
    rings: [
        Intake.jobs -> Darkroom.jobs (attempts = 3),
        Darkroom.results -> Catalogue.results,
        Intake.end -> Catalogue.end,
    ];
}

/// Runs the tree, or one of the tools that come with it: `ps`, `map`, `stop`.
pub fn run() -> ExitCode {
    main()
}

/// Where the tree works. Opened in root before anything is forked, so every daemon has it, and
/// again after it was killed.
struct Place {
    input: PathBuf,
    out: PathBuf,
    /// New files, where the folder is watched.
    watch: Option<Watch>,
    /// Its end is the end of watching.
    until: OwnedFd,
    /// Where events are told.
    front: OwnedFd,
}

impl Place {
    /// Where this tree works.
    fn of<S: perennial::state::State>(me: &Handle<S>) -> Result<&'static Self, Error> {
        me.setup().ok_or_else(|| Error::new("the set-up hook left no place"))
    }

    fn tell(&self, event: Event<'_>) {
        event.tell(&self.front);
    }

    /// Tells that a daemon begins.
    fn tell_born<S: perennial::state::State>(&self, me: &Handle<S>) {
        self.tell(Event::Born { daemon: me.name(), generation: me.generation(), pid: std::process::id() });
    }
}

/// The set-up hook: `darkroom run [--watch] FOLDER OUT`.
fn open() -> Result<Place, Error> {
    let mut arguments = perennial::arguments().peekable();
    let watched = arguments.next_if(|first| first == "--watch").is_some();
    let (Some(input), Some(out), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(Error::new(
            "usage: darkroom run [--watch] FOLDER OUT; without `run` all this is done for you",
        ));
    };
    let input = PathBuf::from(input);
    let out = PathBuf::from(out);
    if !out.is_dir() {
        return Err(Error::new(format_args!("{} is no folder for the results; make it", out.display())));
    }
    let watch = if watched { Some(Watch::new(&input)?) } else { None };
    let jobs = folder::list(&input)?.names.len();
    if jobs > MOST_IMAGES {
        return Err(Error::new(format_args!(
            "{} has {jobs} images, and one run can catalogue {MOST_IMAGES}: divide them among folders",
            input.display()
        )));
    }
    // Whoever started the tree shows what it does; without them it stops, in order.
    prctl::set_pdeathsig(Signal::SIGTERM)?;
    Ok(Place {
        input,
        out,
        watch,
        until: io::stdin().as_fd().try_clone_to_owned()?,
        front: io::stdout().as_fd().try_clone_to_owned()?,
    })
}

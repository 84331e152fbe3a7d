//! What a person starts: it has the tree do the work in a process of its own, tells what happens,
//! and believes none of it, but checks the result from outside.

mod place;
mod session;
mod story;

use crate::tree::MOST_IMAGES;
use darkroom::options::{HELP, Options};
use darkroom::{audit, catalogue, folder, thumbnail};
use place::Place;
use session::{Session, Step};
use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};
use story::Story;

/// What went wrong before or around the work.
const TROUBLE: u8 = 2;

/// Does what the command line says. Success means that every file is accounted for exactly once.
pub fn run() -> ExitCode {
    match develop() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprint!("darkroom: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::from(TROUBLE)
        }
    }
}

fn develop() -> Result<bool, Box<dyn Error>> {
    let options = Options::parse(env::args_os().skip(1))?;
    if options.help {
        print!("{HELP}");
        return Ok(true);
    }
    let place = Place::make(&options, MOST_IMAGES)?;
    let log = place.out.join("darkroom.log");
    let listing = folder::list(&place.input)?;
    println!("{} files in {}", listing.names.len(), place.input.display());
    println!("thumbnails and catalogue go to {}", place.out.display());
    if listing.refused > 0 {
        println!(
            "{} more are left out: their names are too long or hold control characters",
            listing.refused
        );
    }

    let kill = options.folder.is_none() && options.kill && options.storm.is_none();
    let mut story = Story::new(listing.names.len(), kill, options.storm.is_none());
    let mut session = Session::start(&place.input, &place.out, options.watch, &log)?;
    if let Some(storm) = options.storm {
        session.begin_storm(storm);
    }
    follow(&mut session, &mut story, options.watch)?;
    story.finish();
    if let Some(storm) = session.storm() {
        println!(
            "storm: {} kills delivered, {} to daemons and {} to transactions",
            storm.delivered(),
            storm.daemons,
            storm.transactions
        );
    }
    let status = session.end()?;
    check(&place, &log, status, story.restarts())
}

/// Follows the tree until it has ended.
fn follow(session: &mut Session, story: &mut Story, watch: bool) -> Result<(), Box<dyn Error>> {
    if watch {
        story.say(format_args!("watching; Ctrl-C ends it in order"));
    }
    loop {
        match session.step()? {
            Step::Told(lines) => lines.iter().for_each(|line| story.hear(line)),
            Step::Interrupted(1) if watch => {
                story.say(format_args!("finishing what is in the folder; Ctrl-C again stops at once"));
                session.finish();
            }
            Step::Interrupted(_) => {
                story.say(format_args!("stopping"));
                session.stop();
            }
            Step::Calm => story.say(format_args!("the storm has passed")),
            Step::Ended => return Ok(()),
        }
    }
}

/// Checks the result from outside and prints the last line.
fn check(place: &Place, log: &Path, status: ExitStatus, restarts: u64) -> Result<bool, Box<dyn Error>> {
    if !status.success() {
        eprintln!("the tree ended with {status}; its last words are");
        let text = fs::read_to_string(log)?;
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(5)).for_each(|line| eprintln!("  {line}"));
    }
    // What killed transactions had begun to write.
    thumbnail::sweep(&place.out)?;
    println!("the log of the process tree is {}", log.display());
    let found = audit::audit(&place.input, &place.out, &place.out.join(catalogue::FILE))?;
    println!("{}", found.last_line(restarts));
    Ok(found.is_clean() && status.success())
}

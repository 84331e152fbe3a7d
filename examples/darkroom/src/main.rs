//! Develops a folder in one plain process, job after job.
//!
//! It stands where the process tree belongs and proves that the parts work; sabotage jobs, which
//! would end it, are set aside unopened.

use darkroom::catalogue::{self, Row};
use darkroom::develop::develop;
use darkroom::options::{HELP, Options};
use darkroom::progress::{Progress, Tally};
use darkroom::{audit, folder, thumbnail};
use std::error::Error;
use std::process::ExitCode;
use std::{env, fs, process};

fn main() -> ExitCode {
    match run() {
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
            ExitCode::from(2)
        }
    }
}

/// Does the work and says whether every file is accounted for.
fn run() -> Result<bool, Box<dyn Error>> {
    let options = Options::parse(env::args_os().skip(1))?;
    if options.help {
        print!("{HELP}");
        return Ok(true);
    }
    let input = options.folder.unwrap_or_else(|| folder::shipped().into());
    let out = options
        .out
        .unwrap_or_else(|| env::temp_dir().join(format!("darkroom-{}", process::id())));
    fs::create_dir_all(&out)?;
    thumbnail::sweep(&out)?;

    let listing = folder::list(&input)?;
    let mut progress = Progress::new();
    let mut tally = Tally {
        total: listing.names.len() as u64,
        ..Tally::default()
    };
    let mut rows = Vec::with_capacity(listing.names.len());
    for name in listing.names {
        let development = if name.is_sabotage() {
            progress.say(format_args!(
                "{name} is set aside: it would end this process"
            ));
            None
        } else {
            develop(&input, &name, &out)
                .inspect_err(|error| progress.say(format_args!("{name} is set aside: {error}")))
                .ok()
        };
        tally.done += 1;
        tally.set_aside += u64::from(development.is_none());
        rows.push(Row { name, development });
        progress.draw(tally);
    }
    progress.finish();

    let path = out.join(catalogue::FILE);
    catalogue::write(&path, rows)?;
    let found = audit::audit(&input, &out, &path)?;
    println!("thumbnails and catalogue are in {}", out.display());
    println!("{}", found.last_line(0));
    Ok(found.is_clean())
}

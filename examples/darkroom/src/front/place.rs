//! Where a run works: the folder of images, made if need be, and a fresh one for the results.

use darkroom::options::Options;
use darkroom::{folder, hostile};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What a copy of an image is called in a storm, so that there is enough to do.
const AGAIN: &str = "again";

/// How many images a storm needs for each second, so that there is enough to do until its end.
const PER_SECOND: usize = if cfg!(debug_assertions) { 15 } else { 280 };

/// The folders of one run.
#[derive(Debug)]
pub struct Place {
    /// The images.
    pub input: PathBuf,
    /// Thumbnails, catalogue and log.
    pub out: PathBuf,
}

/// Why there is no place to work, and what to do about it.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// The folder for the results is in use.
    #[error("{} is not empty, and what is in it cannot be told from new results; name another with --out", .0.display())]
    NotEmpty(PathBuf),
    /// A folder cannot be made or filled.
    #[error("cannot make or fill {}", path.display())]
    Refused {
        /// The folder.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
}

impl Place {
    /// Makes the folders that the options ask for; `most` images are enough.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub fn make(options: &Options, most: usize) -> Result<Self, PlaceError> {
        let Some(folder) = &options.folder else {
            let base = match &options.out {
                Some(out) => empty(out)?,
                None => fresh(&std::env::temp_dir().join("darkroom"))?,
            };
            let (input, out) = (base.join("images"), base.join("developed"));
            let seconds = options.storm.map_or(0, |storm| storm.as_secs() as usize);
            fill(&input, (seconds * PER_SECOND).min(most)).map_err(refused(&input))?;
            fs::create_dir(&out).map_err(refused(&out))?;
            return Ok(Self { input, out });
        };
        let input = folder.canonicalize().map_err(refused(folder))?;
        if let Some(out) = &options.out {
            return Ok(Self { input, out: empty(out)? });
        }
        let mut beside = input.clone().into_os_string();
        beside.push("-developed");
        let out = fresh(Path::new(&beside))?;
        Ok(Self { input, out })
    }
}

fn refused(path: &Path) -> impl Fn(io::Error) -> PlaceError {
    let path = path.to_owned();
    move |source| PlaceError::Refused { path: path.clone(), source }
}

/// A folder that is there and empty afterwards.
fn empty(path: &Path) -> Result<PathBuf, PlaceError> {
    fs::create_dir_all(path).map_err(refused(path))?;
    if fs::read_dir(path).map_err(refused(path))?.next().is_some() {
        return Err(PlaceError::NotEmpty(path.to_owned()));
    }
    path.canonicalize().map_err(refused(path))
}

/// A folder that was not there before; the name gets a number if it is taken.
fn fresh(path: &Path) -> Result<PathBuf, PlaceError> {
    for number in 1_u32.. {
        let mut candidate = path.as_os_str().to_owned();
        if number > 1 {
            candidate.push(format!("-{number}"));
        }
        match fs::create_dir(&candidate) {
            Ok(()) => return Ok(candidate.into()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(path)(error)),
        }
    }
    Err(PlaceError::NotEmpty(path.to_owned()))
}

/// Fills a folder with the shipped images, hostile ones and sabotage jobs, and with further copies
/// of the shipped ones until there are `least`.
fn fill(input: &Path, least: usize) -> io::Result<()> {
    let made = hostile::fill(folder::shipped(), input, hostile::SEED)?;
    let mut count = made.real + made.hostile + made.sabotage;
    for turn in 1.. {
        for name in folder::list(folder::shipped())?.names {
            if count >= least {
                return Ok(());
            }
            let copy = input.join(format!("{AGAIN}-{turn}-{name}"));
            fs::hard_link(input.join(name.as_str()), copy)?;
            count += 1;
        }
    }
    Ok(())
}

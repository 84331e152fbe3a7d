//! The command line of the darkroom.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// What `--help` prints.
pub const HELP: &str = "\
darkroom - develops a folder of untrusted images and never goes down

usage
  darkroom [FOLDER] [--out DIR] [--watch] [--no-kill] [--storm SECONDS]
  darkroom ps | map | stop

Each image is decoded by a C library in a process of its own, which may crash,
hang or be killed as it likes: the image is tried again and then set aside. The
daemons around it may die as well; they go on where they were. The last line
comes from a check that scans the folder, the thumbnails and the catalogue:

  darkroom: N files, T thumbnails, S set aside, R restarts, 0 lost, 0 counted twice

arguments
  FOLDER           the images; without it, those that come with the program, hostile
                   ones made of them, and jobs that crash the decoder on purpose, all
                   in a new folder; each daemon is then killed once on the way
  --out DIR        where thumbnails, catalogue.tsv and the log go, an empty or new
                   folder (without it: beside FOLDER, as FOLDER-developed)
  --watch          keep running and develop what is put into FOLDER, until Ctrl-C;
                   a file written again under its old name is not developed again
  --no-kill        do not kill the daemons
  --storm SECONDS  kill daemons and transactions at random for so long, and have
                   enough to do meanwhile if there is no FOLDER
  --help           print this

from another terminal, while it works
  darkroom ps      the processes, how often each was started, and for how long it runs
  darkroom map     where the memory goes
  darkroom stop    stop in order

limits
  A run catalogues up to 16,384 images, with names of up to 120 bytes. An image may
  take 4 seconds and 96 MiB, which is enough for a JPEG of 12 megapixels, and is set
  aside after three attempts. All memory, 224 MiB, is reserved at the start. To change
  this, see `timeout` and `scratch` in src/tree/darkroom.rs (a larger `scratch` counts
  twice in `mem` there and in src/tree/mod.rs), and MOST_IMAGES in src/tree/mod.rs.

exit codes
  0  every file is accounted for exactly once    2  it could not be begun or checked
  1  something was lost, counted twice, or the tree ended early
";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder with the images; None for the shipped set.
    pub folder: Option<PathBuf>,
    /// Whether to keep watching the folder.
    pub watch: bool,
    /// Where the results go; None for a new folder.
    pub out: Option<PathBuf>,
    /// Whether each daemon is killed once on the way, if there is no folder.
    pub kill: bool,
    /// How long to kill at random.
    pub storm: Option<Duration>,
    /// Whether only the help is wanted.
    pub help: bool,
}

/// Why the command line cannot be followed, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptionsError {
    /// An option that there is not.
    #[error("there is no option {}; --help lists those there are", .0.display())]
    Unknown(OsString),
    /// Two folders.
    #[error("only one folder can be developed, and {} is a second; give them one after the other", .0.display())]
    SecondFolder(OsString),
    /// `--out` at the end.
    #[error("--out needs a folder behind it, as in --out thumbnails")]
    OutMissing,
    /// `--storm` without a number.
    #[error("--storm needs a number of seconds behind it, as in --storm 60")]
    NoSeconds,
    /// `--watch` without a folder.
    #[error("--watch needs a folder to watch, as in darkroom photos --watch")]
    NothingToWatch,
    /// The folder is none.
    #[error("{} is no folder; make it or name another", .0.display())]
    NoFolder(PathBuf),
    /// Thumbnails among the images would become images themselves.
    #[error("--out {} is the folder of the images itself; name another", .0.display())]
    OutIsFolder(PathBuf),
}

impl Default for Options {
    fn default() -> Self {
        Self { folder: None, watch: false, out: None, kill: true, storm: None, help: false }
    }
}

impl Options {
    /// Reads the arguments, without the program's own name.
    ///
    /// # Errors
    /// An [`OptionsError`] that names the argument at fault.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, OptionsError> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        let mut only_folders = false;
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--") if !only_folders => only_folders = true,
                Some("--watch") if !only_folders => options.watch = true,
                Some("--no-kill") if !only_folders => options.kill = false,
                Some("--help" | "-h") if !only_folders => options.help = true,
                Some("--out") if !only_folders => {
                    let out = arguments.next().ok_or(OptionsError::OutMissing)?;
                    options.out = Some(out.into());
                }
                Some("--storm") if !only_folders => {
                    let seconds = arguments.next().and_then(|seconds| seconds.to_str()?.parse().ok());
                    options.storm = Some(Duration::from_secs(seconds.ok_or(OptionsError::NoSeconds)?));
                }
                _ if !only_folders && argument.as_encoded_bytes().starts_with(b"-") => {
                    return Err(OptionsError::Unknown(argument));
                }
                _ if options.folder.is_some() => return Err(OptionsError::SecondFolder(argument)),
                _ => options.folder = Some(argument.into()),
            }
        }
        if !options.help {
            options.check()?;
        }
        Ok(options)
    }

    fn check(&self) -> Result<(), OptionsError> {
        let Some(folder) = &self.folder else {
            return if self.watch { Err(OptionsError::NothingToWatch) } else { Ok(()) };
        };
        if !folder.is_dir() {
            return Err(OptionsError::NoFolder(folder.clone()));
        }
        let real = |path: &Path| path.canonicalize().ok();
        match &self.out {
            // An output folder that is not there yet is nobody's.
            Some(out) if real(out).is_some() && real(out) == real(folder) => {
                Err(OptionsError::OutIsFolder(out.clone()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, OptionsError};
    use std::ffi::OsString;
    use std::time::Duration;

    fn parse(arguments: &[&str]) -> Result<Options, OptionsError> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn what_is_asked_for_is_read() {
        assert_eq!(parse(&[]), Ok(Options::default()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        assert_eq!(
            parse(&["--no-kill", path, "--watch", "--out", "elsewhere", "--storm", "7"]),
            Ok(Options {
                folder: Some(path.into()),
                watch: true,
                out: Some("elsewhere".into()),
                kill: false,
                storm: Some(Duration::from_secs(7)),
                help: false,
            })
        );
        assert!(parse(&["--watch", "-h"]).unwrap().help);
        assert_eq!(parse(&["--", path]).unwrap().folder, Some(path.into()));
    }

    #[test]
    fn every_fault_names_its_cause_and_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        for (arguments, words) in [
            (&["--wach"][..], ["--wach", "--help"]),
            (&[path, "other"], ["other", "one after the other"]),
            (&["--out"], ["--out", "needs a folder"]),
            (&["--storm", "long"], ["--storm", "seconds"]),
            (&["--watch"], ["--watch", "needs a folder"]),
            (&["/no/such"], ["/no/such", "make it"]),
            (&["--", "--watch"], ["--watch", "make it"]),
            (&[path, "--out", path], [path, "name another"]),
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{arguments:?}: {error}");
            }
        }
    }
}

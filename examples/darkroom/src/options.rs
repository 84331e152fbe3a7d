//! The command line of the darkroom.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What `--help` prints.
pub const HELP: &str = "\
Develops a folder of untrusted images and never goes down.

usage: darkroom [FOLDER] [--watch] [--out DIR] [--no-kill]

  FOLDER     the images (without it: the shipped ones, hostile ones and sabotage jobs)
  --watch    keep running and develop what is put into FOLDER
  --out DIR  where thumbnails and catalogue go (without it: a new folder for temporary files)
  --no-kill  do not kill the daemons on the way
  --help     print this
";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder with the images; None for the shipped set.
    pub folder: Option<PathBuf>,
    /// Whether to keep watching the folder.
    pub watch: bool,
    /// Where the results go; None for a temporary folder.
    pub out: Option<PathBuf>,
    /// Whether each daemon is killed once on the way.
    pub kill: bool,
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
        Self {
            folder: None,
            watch: false,
            out: None,
            kill: true,
            help: false,
        }
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
            return if self.watch {
                Err(OptionsError::NothingToWatch)
            } else {
                Ok(())
            };
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

    fn parse(arguments: &[&str]) -> Result<Options, OptionsError> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn what_is_asked_for_is_read() {
        assert_eq!(parse(&[]), Ok(Options::default()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        assert_eq!(
            parse(&["--no-kill", path, "--watch", "--out", "elsewhere"]),
            Ok(Options {
                folder: Some(path.into()),
                watch: true,
                out: Some("elsewhere".into()),
                kill: false,
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

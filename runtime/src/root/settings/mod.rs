//! Settings that may change while the tree runs: a file that root reads at its start, before the seal, and
//! again at each SIGHUP.
//!
//! ```text
//! # ledger.conf
//! log = debug                  # off, error, warn, info, debug or trace; else what RUST_LOG says
//! Ledger.max_restarts = 20     # a daemon of the tree and an option of its `#[daemon]`
//! Ledger.within = 1m
//! Ledger.escalation = stop(17)
//! Ledger.watchdog = off
//! ```
//!
//! The file is the one that the environment variable `PERENNIAL_CONFIG` names, which must then exist, or
//! `NAME.conf` in the runtime directory, if there is one. It says everything: what is not in it is as the program
//! declares it, also after it was different. A file with any error in it changes nothing.
//!
//! | file | what lives there |
//! |---|---|
//! | `policy` | what may change of a daemon's options |
//! | `parse` | the form of the file |
//! | `problem` | what can be wrong with it |
//! | `reload` | what root does at SIGHUP |

mod parse;
mod policy;
mod problem;
mod reload;
#[cfg(test)]
mod tests;

pub(super) use policy::write_number;

use super::block::{Block, MOST_DAEMONS};
use super::tree::{Descriptor, Tree};
use crate::state::Options;
use crate::sys::Errno;
use crate::sys::file::ReadFile;
use core::ffi::CStr;
use core::fmt::Write;
use core::sync::atomic::Ordering;
use log::LevelFilter;
use parse::Draft;
use problem::{Problems, What};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;

/// The largest settings file in bytes.
const LARGEST: u64 = 64 << 10;

/// Bytes that are read at once: read on the stack, which the kernel may not have room to let grow.
const AT_ONCE: usize = 512;

/// Why a tree does not start with its settings: file, line, cause and remedy of the first error.
#[derive(Debug, thiserror::Error)]
#[error("settings {0}")]
pub struct SettingsError(String);

/// What root goes by while the tree runs.
pub struct Settings {
    daemons: &'static [Descriptor],
    /// The file.
    path: &'static CStr,
    /// Whether it must exist.
    named: bool,
    /// The level where the file names none.
    usual: LevelFilter,
    level: LevelFilter,
    options: [Options; MOST_DAEMONS],
}

/// Of a daemon that does not exist.
static NOBODY: Options = Options::new(0);

impl Settings {
    /// Reads the settings of `tree`. To be called before the seal.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load(tree: &'static Tree) -> Result<Self, SettingsError> {
        let given = std::env::var_os("PERENNIAL_CONFIG").filter(|path| !path.is_empty());
        let named = given.is_some();
        let path = given.map_or_else(
            || super::socket::runtime_directory().join(format!("{}.conf", tree.name)),
            std::path::PathBuf::from,
        );
        // The set-up hook may go to another directory.
        let path = std::path::absolute(&path).unwrap_or(path);
        let shown = path.display().to_string();
        let path = CString::new(path.as_os_str().as_bytes())
            .map_err(|_| SettingsError(format!("{shown}: no path contains a zero byte")))?;
        let usual = log::max_level();
        let mut options = [NOBODY; MOST_DAEMONS];
        for (options, daemon) in options.iter_mut().zip(tree.daemons) {
            *options = daemon.options;
        }
        let mut settings = Self {
            daemons: tree.daemons,
            // Root reads it as long as it lives.
            path: Box::leak(path.into_boxed_c_str()),
            named,
            usual,
            level: usual,
            options,
        };
        let draft = settings.read();
        if let Some(problem) = draft.problems.told().next() {
            let mut text = format!("{shown}: ");
            problem.write(&mut text, tree.daemons.iter().map(|daemon| daemon.name));
            if draft.problems.count > 1 {
                let more = draft.problems.count - 1;
                let _ = write!(text, " (and {more} more error{})", if more == 1 { "" } else { "s" });
            }
            return Err(SettingsError(text));
        }
        settings.adopt(&draft);
        Ok(settings)
    }

    /// The options that daemon `index` is treated by.
    pub fn options(&self, index: usize) -> &Options {
        self.options.get(index).unwrap_or(&NOBODY)
    }

    /// Makes the level of the log known to the daemons.
    pub fn publish(&self, block: &Block) {
        block.log_level.store(self.level as u32 + 1, Ordering::Release);
    }

    fn read(&self) -> Draft {
        let mut draft = Draft::new(self.daemons);
        match self.feed(&mut draft) {
            Ok(()) => draft.finish(),
            Err(what) => {
                draft.problems = Problems::none();
                draft.problems.add(0, what);
            }
        }
        draft
    }

    fn feed(&self, draft: &mut Draft) -> Result<(), What> {
        let file = match ReadFile::open(self.path) {
            Err(Errno::ENOENT) if !self.named => return Ok(()),
            file => file.map_err(What::Unreadable)?,
        };
        match file.regular_size().map_err(What::Unreadable)? {
            None => return Err(What::NoFile),
            Some(size) if size > LARGEST => return Err(What::TooLarge),
            Some(_) => {}
        }
        let mut buffer = [0; AT_ONCE];
        let mut size = 0;
        loop {
            let read = file.read(&mut buffer).map_err(What::Unreadable)?;
            if read.is_empty() {
                return Ok(());
            }
            // It may have grown since.
            size += read.len() as u64;
            if size > LARGEST {
                return Err(What::TooLarge);
            }
            draft.feed(read);
        }
    }

    fn adopt(&mut self, draft: &Draft) {
        for (options, policy) in self.options.iter_mut().zip(&draft.policies) {
            policy.apply(options);
        }
        self.level = draft.level.unwrap_or(self.usual);
        log::set_max_level(self.level);
    }
}

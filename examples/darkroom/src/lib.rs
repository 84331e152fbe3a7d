//! The parts of the darkroom that do not depend on the process tree.
//!
//! They are a library so that each is tested by itself and the check of the last line
//! ([`audit`]) shares nothing with the daemons but the format of the catalogue.

pub mod audit;
pub mod catalogue;
pub mod decode;
pub mod develop;
pub mod event;
pub mod folder;
pub mod hostile;
mod lies;
pub mod measure;
pub mod options;
pub mod progress;
pub mod sabotage;
pub mod storm;
pub mod thumbnail;
pub mod watch;

#[cfg(test)]
mod contained;

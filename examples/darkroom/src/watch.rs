//! Watching the folder: which files have been written completely.

use crate::folder::{FileName, looks_like_job};
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;

/// What a look at the watch found besides names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Every new file was named.
    All,
    /// The kernel's queue ran over: some were not named, so the folder must be listed again.
    Overrun,
}

/// Watches a folder for files that are completely written or moved in.
#[derive(Debug)]
pub struct Watch {
    inotify: Inotify,
}

impl Watch {
    /// Starts watching. List the folder afterwards, so that no file falls between the two.
    ///
    /// # Errors
    /// When the folder cannot be watched.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let flags = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_ONLYDIR;
        inotify.add_watch(folder, flags)?;
        Ok(Self { inotify })
    }

    /// Hands over the names of finished jobs since the last look; never waits. A file written
    /// twice is named twice.
    ///
    /// # Errors
    /// When the kernel's queue cannot be read.
    pub fn look(&self, mut job: impl FnMut(FileName)) -> io::Result<Seen> {
        let mut seen = Seen::All;
        loop {
            let events = match self.inotify.read_events() {
                Ok(events) => events,
                Err(Errno::EAGAIN) => return Ok(seen),
                Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            for event in events {
                if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    seen = Seen::Overrun;
                }
                let Some(name) = event.name else { continue };
                let name = name.as_encoded_bytes();
                if !looks_like_job(name) || event.mask.contains(AddWatchFlags::IN_ISDIR) {
                    continue;
                }
                if let Some(name) = FileName::new(name) {
                    job(name);
                }
            }
        }
    }
}

/// Whether somebody has the file open for writing; then a watch will name it when they are done.
///
/// The kernel knows: it grants a lease for reading only on a file that nobody writes. Where it
/// grants none at all, as on some network file systems, every file counts as finished.
pub fn is_being_written(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    // SAFETY: takes numbers; the lease ends when the descriptor is closed.
    let refused = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_RDLCK) } == -1;
    refused && Errno::last() == Errno::EAGAIN
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Watch, is_being_written};
    use crate::folder::FileName;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::fs;
    use std::os::fd::AsFd;

    #[test]
    fn a_watch_names_finished_files() {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::new(folder.path()).unwrap();
        let ready = || {
            let mut fds = [PollFd::new(watch.as_fd(), PollFlags::POLLIN)];
            poll(&mut fds, PollTimeout::ZERO).unwrap() == 1
        };
        assert!(!ready());
        fs::write(folder.path().join("written.png"), "x").unwrap();
        fs::write(folder.path().join("ignored.txt"), "x").unwrap();
        fs::write(folder.path().join("moved.tmp"), "x").unwrap();
        fs::rename(folder.path().join("moved.tmp"), folder.path().join("moved.jpg")).unwrap();
        assert!(ready());
        let mut names = Vec::new();
        assert_eq!(watch.look(|name| names.push(name)).unwrap(), Seen::All);
        let names: Vec<_> = names.iter().map(FileName::as_str).collect();
        assert_eq!(names, ["written.png", "moved.jpg"]);
        assert!(!ready());
        assert!(Watch::new(&folder.path().join("nowhere")).is_err());
    }

    #[test]
    fn a_file_is_being_written_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slow.png");
        let writer = fs::File::create(&path).unwrap();
        assert!(is_being_written(&path));
        drop(writer);
        assert!(!is_being_written(&path));
        assert!(!is_being_written(&folder.path().join("absent")));
    }
}

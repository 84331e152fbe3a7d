//! Root's table as a tool sees it: handed out over the socket, mapped, read while the tree runs.

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use perennial::root::{Block, MAGIC};
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A mapping of the table of a tree, which stays when the tree has ended.
#[derive(Debug)]
pub struct Table(*const Block);

impl Table {
    /// Asks the root that listens on `socket`.
    ///
    /// # Panics
    /// When it does not answer as it must.
    pub fn of(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).expect("root listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        let mut size = [0; 8];
        let mut parts = [IoSliceMut::new(&mut size)];
        let mut space = nix::cmsg_space!([i32; 1]);
        let received =
            recvmsg::<()>(stream.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)
                .expect("root answers");
        let found = received.cmsgs().expect("a whole answer").find_map(|message| match message {
            ControlMessageOwned::ScmRights(found) => {
                // SAFETY: the kernel has just made this descriptor for this process.
                found.first().map(|&fd| unsafe { OwnedFd::from_raw_fd(fd) })
            }
            _ => None,
        });
        let descriptor = found.expect("a descriptor comes with it");
        // SAFETY: a new mapping, never removed, of a file that is sealed against shrinking and begins with a table.
        let table = unsafe {
            let (length, null) = (size_of::<Block>(), core::ptr::null_mut());
            let view = libc::mmap(null, length, libc::PROT_READ, libc::MAP_SHARED, descriptor.as_raw_fd(), 0);
            assert_ne!(view, libc::MAP_FAILED, "the table can be mapped");
            Self(view.cast())
        };
        assert_eq!(table.block().magic.load(Ordering::Acquire), MAGIC);
        table
    }

    /// The table.
    pub fn block(&self) -> &Block {
        // SAFETY: mapped as long as this process lives; all of its fields are atomics.
        unsafe { &*self.0 }
    }

    /// How often daemon `index` was started.
    pub fn generation(&self, index: usize) -> u64 {
        self.block().entries[index].generation.load(Ordering::Acquire)
    }

    /// The PID of daemon `index`.
    pub fn pid(&self, index: usize) -> i32 {
        self.block().entries[index].pid.load(Ordering::Acquire) as i32
    }
}

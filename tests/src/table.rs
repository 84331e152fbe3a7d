//! Root's table and the headers of its daemons as a tool sees them: handed out over the socket, mapped, read while the
//! tree runs.

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use perennial::layout::{self, PAGE, RegionHeader};
use perennial::root::{Block, MAGIC};
use std::cell::RefCell;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A mapping of the state of a tree, which stays when the tree has ended.
#[derive(Debug)]
pub struct Table {
    view: *const u8,
    length: usize,
    /// Where the regions of the daemons begin, once all of them have been found.
    regions: RefCell<Vec<usize>>,
}

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
        let length = usize::from_le_bytes(size);
        assert!(length >= size_of::<Block>(), "the answer says how much there is");
        // SAFETY: a new mapping, never removed, of a file that is sealed against shrinking and begins with a table.
        let view = unsafe {
            let null = core::ptr::null_mut();
            libc::mmap(null, length, libc::PROT_READ, libc::MAP_SHARED, descriptor.as_raw_fd(), 0)
        };
        assert_ne!(view, libc::MAP_FAILED, "the table can be mapped");
        let table = Self { view: view.cast(), length, regions: RefCell::default() };
        assert_eq!(table.block().magic.load(Ordering::Acquire), MAGIC);
        table
    }

    /// The table.
    pub fn block(&self) -> &Block {
        // SAFETY: mapped as long as this process lives; all of its fields are atomics.
        unsafe { &*self.view.cast() }
    }

    /// The header of daemon `index`; `None` until every daemon has been born once. Of it only atomics may be read.
    ///
    /// # Panics
    /// When there are more regions than daemons.
    pub fn header(&self, index: usize) -> Option<&RegionHeader> {
        let mut regions = self.regions.borrow_mut();
        let count = self.block().daemons.load(Ordering::Relaxed) as usize;
        if regions.len() < count {
            // The first page of each, and in the order of the daemons. No state of a test looks like one.
            *regions =
                (0..self.length / PAGE).map(|page| page * PAGE).filter(|at| self.is_region(*at)).collect();
            assert!(regions.len() <= count, "{count} daemons, regions at {regions:?}");
        }
        let at = if regions.len() == count { *regions.get(index)? } else { return None };
        // SAFETY: a page of the mapping; what is read there is atomic.
        Some(unsafe { &*self.view.add(at).cast() })
    }

    /// The first `bytes` of the image of daemon `index`, as they are at this moment; `None` as in [`Table::header`].
    ///
    /// # Panics
    /// When the state ends before.
    pub fn image(&self, index: usize, bytes: usize) -> Option<Vec<u8>> {
        let at = core::ptr::from_ref(self.header(index)?) as usize - self.view as usize + layout::IMAGE;
        assert!(at + bytes <= self.length, "the image is not that long");
        // SAFETY: inside the mapping by the check above; volatile because another process may write there.
        Some((at..at + bytes).map(|at| unsafe { self.view.add(at).read_volatile() }).collect())
    }

    fn is_region(&self, at: usize) -> bool {
        // SAFETY: `at` is a page of the mapping; what is read there is atomic.
        let header: &RegionHeader = unsafe { &*self.view.add(at).cast() };
        header.magic.load(Ordering::Acquire) == layout::MAGIC
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

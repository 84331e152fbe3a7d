//! The connection of a tool to a running root: the state arena, mapped for reading.

use crate::layout::RegionHeader;
use crate::root::socket_path;
use crate::root::{Block, MAGIC, Tree};
use crate::sys::Errno;
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Why a running root could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens.
    #[error("`{0}` is not running here; start it with `run`, or set PERENNIAL_DIR to where it runs")]
    NotRunning(String),
    /// The answer makes no sense.
    #[error("the root that answered is of another build; use its own binary")]
    OtherBuild,
    /// Somebody else's process listens there.
    #[error(
        "user {0} listens where this program's root should; set PERENNIAL_DIR to a directory of your own"
    )]
    Foreign(u32),
    /// The system refused.
    #[error("cannot read the running tree: {0}")]
    Refused(#[from] std::io::Error),
}

/// The state arena of a tree, mapped for reading. It stays when the tree has ended.
#[derive(Debug)]
pub struct View(memmap2::Mmap);

impl View {
    /// Takes what root hands over on `stream`: the arena of the tree `name`.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn receive(stream: &UnixStream, name: &str) -> Result<Self, ConnectError> {
        let (descriptor, size) = receive(stream, name)?;
        if size < size_of::<Block>() {
            return Err(ConnectError::OtherBuild);
        }
        // SAFETY: the file is sealed against shrinking, so every page of the mapping stays; what is read
        // from it is read through atomics.
        let view = Self(unsafe { memmap2::MmapOptions::new().len(size).map(&descriptor) }?);
        if view.block().magic.load(Ordering::Acquire) == MAGIC {
            Ok(view)
        } else {
            Err(ConnectError::OtherBuild)
        }
    }

    /// Root's table.
    pub fn block(&self) -> &Block {
        // SAFETY: the arena begins with the table, is large enough, page-aligned, and all fields are atomics.
        unsafe { &*self.0.as_ptr().cast() }
    }

    /// The whole view, which changes at any time.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The header of the region that begins at `at`, where a region begins.
    pub fn header(&self, at: usize) -> Option<&RegionHeader> {
        let bytes = self.0.get(at..at.checked_add(size_of::<RegionHeader>())?)?;
        // SAFETY: regions begin at pages; the words that tools look at are atomics.
        bytes.as_ptr().cast::<RegionHeader>().is_aligned().then(|| unsafe { &*bytes.as_ptr().cast() })
    }
}

/// A running tree, seen from a tool.
pub struct Running {
    view: View,
    /// Root's PID.
    pub root: i32,
}

impl Running {
    /// Connects to the root of `tree`.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn connect(tree: &Tree) -> Result<Self, ConnectError> {
        let stream = UnixStream::connect(socket_path(tree.name))
            .map_err(|_| ConnectError::NotRunning(tree.name.to_owned()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let peer = nix::sys::socket::getsockopt(&stream, nix::sys::socket::sockopt::PeerCredentials)
            .map_err(std::io::Error::from)?;
        let own = nix::unistd::geteuid();
        if peer.uid() != own.as_raw() && !own.is_root() {
            return Err(ConnectError::Foreign(peer.uid()));
        }
        let view = View::receive(&stream, tree.name)?;
        let is_of_this_build = view.bytes().len() == tree.state_size()
            && view.block().fingerprint.load(Ordering::Relaxed) == tree.fingerprint();
        // The PID that the kernel names, not one that memory claims.
        if is_of_this_build { Ok(Self { view, root: peer.pid() }) } else { Err(ConnectError::OtherBuild) }
    }

    /// Root's table.
    pub fn block(&self) -> &Block {
        self.view.block()
    }

    /// The whole view, which changes at any time.
    pub fn bytes(&self) -> &[u8] {
        self.view.bytes()
    }

    /// The header of daemon `index` of `tree`, whose state has the size of the view.
    pub fn header(&self, tree: &Tree, index: usize) -> Option<&RegionHeader> {
        self.view.header(tree.region_at(index))
    }
}

/// How long a root may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

fn receive(stream: &UnixStream, name: &str) -> Result<(OwnedFd, usize), ConnectError> {
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
    let mut size = [0; 8];
    let mut parts = [IoSliceMut::new(&mut size)];
    let mut space = nix::cmsg_space!([c_int; 1]);
    let received =
        recvmsg::<()>(stream.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC).map_err(
            |errno| match errno {
                Errno::ECONNRESET => ConnectError::NotRunning(name.to_owned()),
                errno => ConnectError::Refused(errno.into()),
            },
        )?;
    if received.bytes == 0 {
        // It has closed the connection because it is ending.
        return Err(ConnectError::NotRunning(name.to_owned()));
    }
    let mut found = None;
    for message in received.cmsgs().map_err(std::io::Error::from)? {
        if let ControlMessageOwned::ScmRights(descriptors) = message {
            // SAFETY: the kernel has just made these descriptors for this process.
            found = descriptors.first().map(|&fd| unsafe { OwnedFd::from_raw_fd(fd) });
        }
    }
    let descriptor = found.ok_or(ConnectError::OtherBuild)?;
    Ok((descriptor, usize::from_le_bytes(size)))
}

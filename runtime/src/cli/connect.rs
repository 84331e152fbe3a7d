//! The connection of a tool to a running root: the state arena, mapped for reading.

use crate::root::socket_path;
use crate::root::{Block, MAGIC, Tree};
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Why a running root could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens.
    #[error("`{0}` is not running here; start it with `run`, or set PERENNIAL_DIR to where it runs")]
    NotRunning(&'static str),
    /// The answer makes no sense.
    #[error("the root that answered is of another build; use its own binary")]
    OtherBuild,
    /// The system refused.
    #[error("cannot read the running tree: {0}")]
    Refused(#[from] std::io::Error),
}

/// A running tree, seen from a tool.
pub struct Running {
    view: memmap2::Mmap,
    /// Root's PID.
    pub root: i32,
}

impl Running {
    /// Connects to the root of `tree`.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn connect(tree: &Tree) -> Result<Self, ConnectError> {
        let stream =
            UnixStream::connect(socket_path(tree.name)).map_err(|_| ConnectError::NotRunning(tree.name))?;
        let (descriptor, size) = receive(&stream)?;
        if size != tree.state_size() {
            return Err(ConnectError::OtherBuild);
        }
        // SAFETY: the file is sealed against shrinking, so every page of the mapping stays; what is read
        // from it is read through atomics.
        let view = unsafe { memmap2::MmapOptions::new().len(size).map(&descriptor) }?;
        let mut running = Self { view, root: 0 };
        let block = running.block();
        if block.magic.load(Ordering::Acquire) != MAGIC
            || block.fingerprint.load(Ordering::Relaxed) != tree.fingerprint()
        {
            return Err(ConnectError::OtherBuild);
        }
        running.root = running.block().pid.load(Ordering::Relaxed) as i32;
        Ok(running)
    }

    /// Root's table.
    pub fn block(&self) -> &Block {
        // SAFETY: the arena begins with the table, is large enough, page-aligned, and all fields are atomics.
        unsafe { &*self.view.as_ptr().cast() }
    }
}

fn receive(stream: &UnixStream) -> Result<(OwnedFd, usize), ConnectError> {
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
    let mut size = [0; 8];
    let mut parts = [IoSliceMut::new(&mut size)];
    let mut space = nix::cmsg_space!([c_int; 1]);
    let received =
        recvmsg::<()>(stream.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)
            .map_err(std::io::Error::from)?;
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

//! The runtime directory: a lock that makes sure that one root of a name runs, and a socket on which tools
//! get the state arena, read-only; another one takes their requests (`replay`).
//!
//! Root does not poll the socket. A connection raises a signal (`O_ASYNC`), which ends root's wait like any
//! other; then root hands over the descriptor and closes the connection without reading from it.

use super::replay::requests_path;
use super::signals::KNOCK;
use crate::sys::{Errno, check};
use core::ffi::c_int;
use core::ptr;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

/// Why the runtime directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Another root of the same name runs.
    #[error(
        "`{name}` runs already: its lock {path} is held; stop it, or set PERENNIAL_DIR to another directory"
    )]
    Running {
        /// The tree's name.
        name: &'static str,
        /// The lock.
        path: String,
    },
    /// The system refused.
    #[error("{what} {path}: {error}; set PERENNIAL_DIR to a directory of your own")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: String,
        /// The answer.
        error: std::io::Error,
    },
}

/// A root's place in the file system. Paths are kept as C strings: root removes them without allocating.
pub struct Directory {
    socket: c_int,
    path: [u8; 108],
    requests: c_int,
    requests_path: [u8; 108],
    lock: c_int,
}

/// The directory for runtime files: `PERENNIAL_DIR`, else one in `XDG_RUNTIME_DIR`, else one of the user's in
/// the directory for temporary files.
pub fn runtime_directory() -> PathBuf {
    if let Some(given) = std::env::var_os("PERENNIAL_DIR") {
        return given.into();
    }
    match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(base) => PathBuf::from(base).join("perennial"),
        None => std::env::temp_dir().join(format!("perennial-{}", nix::unistd::getuid())),
    }
}

/// The socket of the root of that name.
pub fn socket_path(name: &str) -> PathBuf {
    runtime_directory().join(format!("{name}.sock"))
}

impl Directory {
    /// Locks the name and opens the socket.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn open(name: &'static str) -> Result<Self, DirectoryError> {
        let directory = runtime_directory();
        let refused = |what, path: &PathBuf| {
            let path = path.display().to_string();
            move |error| DirectoryError::Refused { what, path, error }
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(refused("cannot create the runtime directory", &directory))?;
        check_owner(&directory).map_err(refused("cannot use the runtime directory", &directory))?;
        let path = directory.join(format!("{name}.lock"));
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(&path)
            .map_err(refused("cannot open the lock", &path))?;
        // A POSIX record lock belongs to the process: children do not keep it when root dies.
        // SAFETY: all-zero is a valid flock.
        let mut range: libc::flock = unsafe { core::mem::zeroed() };
        range.l_type = libc::F_WRLCK as libc::c_short;
        // SAFETY: reads a local.
        if unsafe { libc::fcntl(lock.as_raw_fd(), libc::F_SETLK, &raw const range) } == -1 {
            return Err(DirectoryError::Running { name, path: path.display().to_string() });
        }
        let path = socket_path(name);
        let _ = fs::remove_file(&path);
        let listener =
            std::os::unix::net::UnixListener::bind(&path).map_err(refused("cannot listen on", &path))?;
        let socket = listener.as_raw_fd();
        // The lock and the socket stay open until root exits.
        core::mem::forget(listener);
        let lock_fd = lock.as_raw_fd();
        core::mem::forget(lock);
        let control = requests_path(name);
        let _ = fs::remove_file(&control);
        let datagrams = std::os::unix::net::UnixDatagram::bind(&control)
            .map_err(refused("cannot listen on", &control))?;
        let requests = datagrams.as_raw_fd();
        core::mem::forget(datagrams);
        Ok(Self {
            socket,
            path: as_c_string(&path),
            requests,
            requests_path: as_c_string(&control),
            lock: lock_fd,
        })
    }

    /// The socket on which requests arrive.
    pub fn requests(&self) -> c_int {
        self.requests
    }

    /// Lets connections raise `KNOCK`, whose handler must be installed. Whoever has connected before is
    /// answered at the first [`Directory::answer`].
    ///
    /// # Errors
    /// None on kernels that perennial runs on.
    pub fn listen(&self) -> Result<(), Errno> {
        set_up(self.socket)?;
        set_up(self.requests)
    }

    /// Hands the descriptor and the size of the arena to those who have connected; to so many at a time that
    /// a flood of them cannot keep root from its work.
    pub fn answer(&self, reader: c_int, size: usize) {
        for _ in 0..AT_A_TIME {
            // SAFETY: takes no addresses.
            let peer = unsafe {
                libc::accept4(
                    self.socket,
                    ptr::null_mut(),
                    ptr::null_mut(),
                    libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK,
                )
            };
            if peer == -1 {
                return;
            }
            send(peer, reader, size as u64);
            // SAFETY: the descriptor is owned here.
            unsafe { libc::close(peer) };
        }
        super::signals::poke();
    }

    /// Removes what was made; the lock file stays, for the next root to lock.
    pub fn remove(&self) {
        // SAFETY: a C string, since the last byte is never written; descriptors owned here.
        unsafe {
            libc::unlink(self.path.as_ptr().cast());
            libc::unlink(self.requests_path.as_ptr().cast());
            libc::close(self.socket);
            libc::close(self.requests);
            libc::close(self.lock);
        }
    }
}

/// Hands descriptor and size of the arena to the observer that started this program, if one did: it is at the other end
/// of the socket that `PERENNIAL_OBSERVER` names, which is closed. Returns whether there is one.
pub fn introduce(reader: c_int, size: usize) -> bool {
    let named = std::env::var("PERENNIAL_OBSERVER").ok().and_then(|text| text.parse::<c_int>().ok());
    let Some(observer) = named.filter(|&descriptor| descriptor > 2) else { return false };
    let sent = send(observer, reader, size as u64);
    if sent {
        // SAFETY: a socket that whoever has set the variable has left to this program for this alone.
        unsafe { libc::close(observer) };
    }
    sent
}

fn as_c_string(path: &std::path::Path) -> [u8; 108] {
    let mut bytes = [0; 108];
    let text = path.as_os_str().as_bytes();
    bytes[..text.len().min(107)].copy_from_slice(&text[..text.len().min(107)]);
    bytes
}

/// Connections answered in one round of root's loop.
const AT_A_TIME: usize = 8;

/// Refuses a directory in which somebody else could put files in this user's way.
fn check_owner(directory: &std::path::Path) -> std::io::Result<()> {
    let found = fs::symlink_metadata(directory)?;
    let own = found.uid() == nix::unistd::geteuid().as_raw();
    if found.is_dir() && own && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(std::io::Error::other("it must be a directory of one's own that nobody else can write"))
}

fn set_up(socket: c_int) -> Result<(), Errno> {
    // SAFETY: take numbers.
    unsafe {
        check(libc::c_long::from(libc::fcntl(socket, libc::F_SETOWN, libc::getpid())))?;
        check(libc::c_long::from(libc::fcntl(socket, F_SETSIG, KNOCK)))?;
        check(libc::c_long::from(libc::fcntl(socket, libc::F_SETFL, libc::O_ASYNC | libc::O_NONBLOCK)))?;
    }
    Ok(())
}

/// From the kernel's fcntl.h; libc has no name for it on all platforms.
const F_SETSIG: c_int = 10;

fn send(peer: c_int, descriptor: c_int, size: u64) -> bool {
    const SPACE: usize = 64;
    #[repr(C, align(8))]
    struct Control([u8; SPACE]);
    let mut payload = size.to_le_bytes();
    let mut part = libc::iovec { iov_base: payload.as_mut_ptr().cast(), iov_len: payload.len() };
    let mut control = Control([0; SPACE]);
    // SAFETY: all pointers are to locals that outlive the call; the control buffer has room for one
    // descriptor, as the constant assertion below shows.
    unsafe {
        let mut message: libc::msghdr = core::mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(4) as _;
        let head = libc::CMSG_FIRSTHDR(&raw const message);
        (*head).cmsg_level = libc::SOL_SOCKET;
        (*head).cmsg_type = libc::SCM_RIGHTS;
        (*head).cmsg_len = libc::CMSG_LEN(4) as _;
        ptr::write_unaligned(libc::CMSG_DATA(head).cast::<c_int>(), descriptor);
        libc::sendmsg(peer, &raw const message, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT) != -1
    }
}

// SAFETY: computes a size.
const _: () = assert!(unsafe { libc::CMSG_SPACE(4) } as usize <= 64);

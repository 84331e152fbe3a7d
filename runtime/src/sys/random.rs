//! Random bytes from the kernel: the only source whose state no fork copies.

use nix::errno::Errno;

/// `N` random bytes, 256 at most.
///
/// # Errors
/// `EAGAIN` while the kernel has not gathered enough entropy since it was started.
pub fn random<const N: usize>() -> Result<[u8; N], Errno> {
    const { assert!(N <= 256, "larger requests may be cut short") };
    let mut bytes = [0; N];
    // SAFETY: writes at most `N` bytes to a local. Requests of up to 256 bytes are served as a whole (getrandom(2)).
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), N, libc::GRND_NONBLOCK) };
    match usize::try_from(got) {
        Ok(got) if got == N => Ok(bytes),
        Ok(_) => Err(Errno::EAGAIN),
        Err(_) => Err(Errno::last()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_differ() {
        assert_ne!(random::<16>().unwrap(), random::<16>().unwrap());
        assert_eq!(random::<0>().unwrap(), []);
    }
}

//! Becoming another program.

/// A program of one page that needs no writable memory, so that it runs in spite of the seal: it sleeps for ever.
#[cfg(target_arch = "x86_64")]
fn sleeper() -> [u8; 0x1000] {
    let mut file = [0_u8; 0x1000];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        file[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    put(&[2, 0, 62, 0, 1, 0, 0, 0]);
    put(&0x40_0078_u64.to_le_bytes());
    put(&64_u64.to_le_bytes());
    put(&[0; 12]);
    put(&[64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    // One segment, readable and executable.
    put(&[1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0, 0x40_0000, 0x40_0000, 0x1000, 0x1000, 0x1000_u64] {
        put(&word.to_le_bytes());
    }
    // write(1, "here\n", 5), then pause() for ever.
    put(&[0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0, 0x48, 0x8d, 0x35, 18, 0, 0, 0, 0xba, 5, 0, 0, 0, 0x0f, 0x05]);
    put(&[0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]);
    put(&[0x90, 0x90]);
    put(b"here\n");
    file
}

/// `sleeper`, written to a file in the working directory of the tree; or a program of the system's.
pub fn become_another(program: &str) {
    let arguments = [c"program".as_ptr(), core::ptr::null()];
    let environment = [core::ptr::null()];
    let path = match program {
        "true" => c"/bin/true",
        "nothing" => c"/nowhere/at/all",
        #[cfg(target_arch = "x86_64")]
        "sleeper" => {
            let file = sleeper();
            let Some(directory) = std::env::var_os("PERENNIAL_DIR") else { return };
            let mut path = [0_u8; 256];
            let directory = directory.as_encoded_bytes();
            path[..directory.len()].copy_from_slice(directory);
            path[directory.len()..directory.len() + 8].copy_from_slice(b"/sleeper");
            // SAFETY: writes the program to a file; the path ends with a zero.
            unsafe {
                let made =
                    libc::open(path.as_ptr().cast(), libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC, 0o700);
                libc::write(made, file.as_ptr().cast(), file.len());
                libc::close(made);
                libc::execve(path.as_ptr().cast(), arguments.as_ptr(), environment.as_ptr());
            }
            return;
        }
        _ => return,
    };
    // SAFETY: strings and lists that end as they must; on success nothing of this process is left.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
}

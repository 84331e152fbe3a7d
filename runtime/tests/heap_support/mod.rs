//! What the tests of the heap share: every test runs in a process of its own, forked from a `main`
//! that has one thread, because `seal` is for ever and a fault ends its process.
#![allow(dead_code, unreachable_pub, clippy::missing_panics_doc)]

use std::io::Read;
use std::os::fd::FromRawFd;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub type Test = (&'static str, fn());

/// Runs the tests whose names contain the argument, if there is one.
pub fn main(tests: &[Test]) {
    // Not std's own hook: with RUST_BACKTRACE set it resolves symbols, and may wait for itself for
    // ever when it is refused memory.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only = arguments.iter().find(|argument| !argument.starts_with('-'));
    let mut failed = 0;
    for (name, test) in tests {
        if only.is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        // Standard output stays unused: what its buffer is made of is one of the questions.
        let (status, output) = in_child(*test);
        let passed = matches!(status, WaitStatus::Exited(_, 0));
        eprintln!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            eprintln!("{status:?}\n{output}");
            failed += 1;
        }
    }
    std::process::exit(failed);
}

/// Runs `body` in a forked process. Answers how it ended and what it wrote to standard error.
pub fn in_child(body: impl FnOnce()) -> (WaitStatus, String) {
    let mut ends = [0; 2];
    // SAFETY: this process has one thread; the descriptors are used as what they are.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        match fork().expect("fork") {
            ForkResult::Child => {
                libc::dup2(ends[1], 2);
                libc::close(ends[0]);
                libc::close(ends[1]);
                let passed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_ok();
                libc::_exit(i32::from(!passed))
            }
            ForkResult::Parent { child } => {
                libc::close(ends[1]);
                let mut output = Vec::new();
                let _ = std::fs::File::from_raw_fd(ends[0]).read_to_end(&mut output);
                let status = waitpid(child, None).expect("waitpid");
                (status, String::from_utf8_lossy(&output).into_owned())
            }
        }
    }
}

/// Asserts in a parent that may itself be without a heap, so without a message that allocates.
pub fn assert_ends(body: impl FnOnce()) {
    // SAFETY: as in `in_child`.
    unsafe {
        match fork().expect("fork") {
            ForkResult::Child => {
                let passed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_ok();
                libc::_exit(i32::from(!passed))
            }
            ForkResult::Parent { child } => {
                let status = waitpid(child, None).expect("waitpid");
                assert!(matches!(status, WaitStatus::Exited(_, 0)), "{status:?}");
            }
        }
    }
}

/// Shared memory filled with a byte, as a predecessor would leave it.
pub fn shared(bytes: usize) -> *mut u8 {
    // SAFETY: a new mapping.
    unsafe {
        let memory = libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert_ne!(memory, libc::MAP_FAILED);
        memory.cast::<u8>().write_bytes(0xa5, bytes);
        memory.cast()
    }
}

/// The kernel's side of the seal.
pub fn limit_data() {
    setrlimit(Resource::RLIMIT_DATA, 0, 0).expect("setrlimit");
}

pub fn errno() -> i32 {
    nix::errno::Errno::last_raw()
}

pub fn set_errno(value: i32) {
    nix::errno::Errno::set_raw(value);
}

/// Bytes of all writable mappings but the stack's, read without allocating.
pub fn writable() -> usize {
    static mut TEXT: [u8; 1 << 17] = [0; 1 << 17];
    // SAFETY: one thread, and the reference does not leave the function.
    #[allow(static_mut_refs)]
    let text: &mut [u8] = unsafe { &mut TEXT };
    let mut file = std::fs::File::open("/proc/self/maps").expect("maps");
    let mut len = 0;
    while let Ok(read @ 1..) = file.read(&mut text[len..]) {
        len += read;
    }
    assert!(len < text.len());
    let mut sum = 0;
    for line in std::str::from_utf8(&text[..len]).expect("ASCII").lines() {
        let mut words = line.split(' ');
        let (range, mode) = (words.next().expect("range"), words.next().expect("mode"));
        if mode.as_bytes()[1] == b'w' && !line.ends_with("[stack]") {
            let (from, to) = range.split_once('-').expect("two addresses");
            let number = |text| usize::from_str_radix(text, 16).expect("hexadecimal");
            sum += number(to) - number(from);
        }
    }
    sum
}

//! Memory, descriptors, files and discs that come to an end.
//!
//! Nothing here takes memory from the heap but what is to exhaust it: it may run in a signal handler.

use super::Refusal;
use core::hint::black_box;
use nix::errno::Errno;

pub fn vec() {
    let mut hoard = Vec::new();
    loop {
        hoard.push([1_u8; 1024]);
        black_box(&mut hoard);
    }
}

type Block = *mut *mut libc::c_void;

/// Takes what `malloc` gives until it gives no more; the last block, each of which holds the one before.
fn hoard() -> Block {
    let mut last: Block = core::ptr::null_mut();
    for _ in 0..1_000_000 {
        // SAFETY: the blocks hold a pointer each.
        unsafe {
            let block: Block = libc::malloc(4096).cast();
            if block.is_null() {
                assert_eq!(Errno::last(), Errno::ENOMEM, "malloc sets errno");
                return last;
            }
            *block = last.cast();
            last = block;
        }
    }
    panic!("malloc gave 4 GB");
}

/// Takes all there is from C's heap, checks that the refusal is as the C standard and POSIX want it, and
/// gives everything back.
pub fn malloc() -> Result<(), Refusal> {
    let mut last = hoard();
    while !last.is_null() {
        // SAFETY: the blocks were made by `hoard`, and each is freed once.
        unsafe {
            let next = (*last).cast();
            libc::free(last.cast());
            last = next;
        }
    }
    Err(Refusal::NoMemory)
}

pub fn unchecked() {
    black_box(hoard());
    // SAFETY: none; `malloc` answers null, as a program that does not check finds out.
    unsafe { libc::malloc(4096).cast::<u8>().write_volatile(1) };
}

struct Limit {
    resource: libc::__rlimit_resource_t,
    before: libc::rlimit,
}

impl Limit {
    /// Lowers the soft limit until this is dropped.
    fn lower(resource: libc::__rlimit_resource_t, to: u64) -> Self {
        let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: writes and reads locals.
        unsafe {
            libc::getrlimit(resource, &raw mut before);
            let lower = libc::rlimit { rlim_cur: to, ..before };
            assert_eq!(libc::setrlimit(resource, &raw const lower), 0, "lowering a limit");
        }
        Self { resource, before }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        // SAFETY: reads a field.
        unsafe { libc::setrlimit(self.resource, &raw const self.before) };
    }
}

/// Writes more than a file may hold; a file without a name, so that nothing is left of it.
pub fn file_size() -> Result<(), Refusal> {
    let limit = Limit::lower(libc::RLIMIT_FSIZE, 4096);
    // SAFETY: reads C strings, writes a local to a descriptor that is closed.
    unsafe {
        let mut directory = libc::getenv(c"PERENNIAL_DIR".as_ptr()).cast_const();
        if directory.is_null() {
            directory = c"/tmp".as_ptr();
        }
        let file = libc::open(directory, libc::O_TMPFILE | libc::O_RDWR | libc::O_CLOEXEC, 0o600);
        assert!(file >= 0, "a file without a name: {}", Errno::last());
        let page = [0_u8; 4096];
        let mut wrote = 0;
        let mut last = 0;
        for _ in 0..2 {
            last = libc::write(file, page.as_ptr().cast(), page.len());
            wrote += last.max(0);
        }
        let refused = Errno::last();
        libc::close(file);
        drop(limit);
        assert_eq!((wrote, last, refused), (4096, -1, Errno::EFBIG));
    }
    Err(Refusal::FileTooLarge)
}

pub fn file_size_signal() -> Result<(), Refusal> {
    // SAFETY: no handler of ours is involved.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_DFL) };
    file_size()
}

/// Opens files until there is no descriptor left.
pub fn descriptors() -> Result<(), Refusal> {
    let limit = Limit::lower(libc::RLIMIT_NOFILE, 64);
    let mut open = [-1; 64];
    let mut refused = None;
    for place in &mut open {
        // SAFETY: reads a C string.
        *place = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        if *place == -1 {
            refused = Some(Errno::last());
            break;
        }
    }
    for file in open.into_iter().filter(|file| *file != -1) {
        // SAFETY: opened above.
        unsafe { libc::close(file) };
    }
    drop(limit);
    assert_eq!(refused, Some(Errno::EMFILE));
    Err(Refusal::TooManyFiles)
}

pub fn disc_full() -> Result<(), Refusal> {
    // SAFETY: reads a C string, writes a local to a descriptor that is closed.
    unsafe {
        let disc = libc::open(c"/dev/full".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        assert!(disc >= 0, "/dev/full: {}", Errno::last());
        let wrote = libc::write(disc, [0_u8; 4096].as_ptr().cast(), 4096);
        let refused = Errno::last();
        libc::close(disc);
        assert_eq!((wrote, refused), (-1, Errno::ENOSPC));
    }
    Err(Refusal::NoSpace)
}

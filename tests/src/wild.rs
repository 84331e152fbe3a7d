//! A wild store into one's own state, past all protection: what placement alone prevents.

use perennial::layout::IMAGE;

/// Stores `bytes` at `offset` of the image of the calling daemon, `name`.
///
/// # Panics
/// As for [`store_in_header`].
pub fn store(name: &str, offset: usize, bytes: &[u8]) {
    crate::say!("wild store of {name}");
    store_in_header(IMAGE + offset, bytes);
}

/// Stores `bytes` at `offset` of the calling daemon's region, which begins with its header, through the only writable
/// mapping of a state arena that this process has.
///
/// # Panics
/// Where the calling process is no daemon.
pub fn store_in_header(offset: usize, bytes: &[u8]) {
    // SAFETY: none but that the place is mapped: a stray pointer would do the same.
    unsafe {
        let at = (region() + offset) as *mut u8;
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), core::hint::black_box(at), bytes.len());
    }
}

/// The word at `offset` of the calling daemon's region.
///
/// # Panics
/// As for [`store_in_header`].
pub fn word_in_header(offset: usize) -> u64 {
    // SAFETY: the place is mapped.
    unsafe { core::ptr::read_volatile((region() + offset) as *const u64) }
}

fn region() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the kernel tells");
    let own = maps.lines().find(|line| line.contains(" rw-s ") && line.contains("perennial-state"));
    let start = own.and_then(|line| line.split('-').next()).expect("a daemon has a mapping of its own");
    usize::from_str_radix(start, 16).expect("an address")
}

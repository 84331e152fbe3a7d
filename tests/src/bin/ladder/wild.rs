//! A wild store into one's own state, past all protection: what placement alone prevents.

/// Stores `bytes` at `offset` of the image of daemon `name`, through the only writable mapping of a state arena that
/// this process has.
pub fn store(name: &str, offset: usize, bytes: &[u8]) {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the kernel tells");
    let own = maps.lines().find(|line| line.contains(" rw-s ") && line.contains("perennial-state"));
    let start = own.and_then(|line| line.split('-').next()).expect("a daemon has a mapping of its own");
    let region = usize::from_str_radix(start, 16).expect("an address");
    perennial_tests::say!("wild store of {name}");
    // SAFETY: none but that the place is mapped: a stray pointer would do the same.
    unsafe {
        let at = (region + perennial::layout::IMAGE + offset) as *mut u8;
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), core::hint::black_box(at), bytes.len());
    }
}

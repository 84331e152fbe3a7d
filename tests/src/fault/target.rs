//! Addresses that are written to, found once by a daemon before anything fails.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use perennial::layout::{IMAGE, MAGIC, PAGE, RegionHeader};

/// Nothing is ever mapped this close to the null pointer.
pub const UNMAPPED: usize = 0x8000;

const MAGIC_AT: usize = core::mem::offset_of!(RegionHeader, magic);

static OWN: AtomicUsize = AtomicUsize::new(0);
static PEER: AtomicUsize = AtomicUsize::new(0);
static PEER_ALIAS: AtomicUsize = AtomicUsize::new(0);

/// `ret`, so that the jump would come back if it were possible.
static DATA: AtomicUsize = AtomicUsize::new(0xc3);

/// A place in one's own image, in the mapping through which everybody reads it.
pub fn own() -> usize {
    OWN.load(Relaxed)
}

/// A place in the image of the next daemon's, in the same mapping.
pub fn peer() -> usize {
    PEER.load(Relaxed)
}

/// The same place where its owner has it mapped for writing.
pub fn peer_alias() -> usize {
    PEER_ALIAS.load(Relaxed)
}

/// Data that are instructions.
pub fn data() -> usize {
    (&raw const DATA).addr()
}

struct Mapping {
    start: usize,
    end: usize,
    writable: bool,
    offset: usize,
    file: String,
}

fn mapping(line: &str) -> Option<Mapping> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    let (start, end) = (number(start)?, number(end)?);
    let writable = words.next()?.starts_with("rw");
    let offset = number(words.next()?)?;
    let file = words.nth(1)?.to_owned();
    Some(Mapping { start, end, writable, offset, file })
}

/// Finds all of them from `own`, an address in the own image. Does nothing when they are found already.
///
/// # Panics
/// When memory does not lie as `ARCHITECTURE.md` says.
pub fn find(own: *const u64) {
    let own = own.expose_provenance();
    OWN.store(own, Relaxed);
    let maps = std::fs::read_to_string("/proc/self/maps").expect("a process has mappings");
    let shared =
        maps.lines().filter_map(mapping).find(|m| (m.start..m.end).contains(&own)).expect("own image");
    // Regions follow each other, and each begins with a header.
    let next = (own.next_multiple_of(PAGE)..shared.end).step_by(PAGE).find(|page| {
        // SAFETY: the page lies in the mapping, and the word is an atomic or was never written.
        let word = unsafe { core::ptr::with_exposed_provenance::<u64>(page + MAGIC_AT).read_volatile() };
        word == MAGIC
    });
    let peer = next.expect("the region of the next daemon") + IMAGE;
    PEER.store(peer, Relaxed);
    let alias = maps
        .lines()
        .filter_map(mapping)
        .find(|m| m.writable && m.file == shared.file && m.offset <= own - shared.start + shared.offset);
    let alias = alias.expect("the alias");
    PEER_ALIAS.store(peer - shared.start + shared.offset - alias.offset + alias.start, Relaxed);
}

//! What a fuzzer does to commits: `.ci/fuzz` runs these functions on inputs that it makes up, and the tests here on
//! the inputs that are checked in. They panic where a promise is broken; what reaches beyond the region's memory, the
//! address sanitizer finds.

mod gate;
mod recovery;

pub use gate::gate;
pub use recovery::recovery;

use super::record::Entries;
use super::{Log, Recovery, Region};
use crate::collections::{Buffer, Consumer, Producer, Queue, Text};
use crate::konst::round_up;
use crate::layout::{IMAGE, Layout, PAGE};
use crate::state::{Field, FieldInfo, Options};
use core::sync::atomic::Ordering;

type Film = Buffer<1000>;
type Waiting = Queue<u32, 8>;
type Inbox = Consumer<u64, 4>;
type Out = Producer<u64, 4>;

/// Where the field behind one of type `F` at `offset` begins.
const fn behind<F: Field + ?Sized>(offset: usize) -> usize {
    round_up(offset + size_of::<F::Image>(), 16)
}

const FLAGS: usize = behind::<u64>(0);
const NAME: usize = behind::<[bool; 5]>(FLAGS);
const OUT: usize = behind::<Text<20>>(NAME);
const INBOX: usize = behind::<Out>(OUT);
const WAITING: usize = behind::<Inbox>(INBOX);
const FILM: usize = behind::<Waiting>(WAITING);

/// One of each kind of field that the gate treats in a way of its own.
static FIELDS: [FieldInfo; 7] = [
    FieldInfo::of::<u64>("total", "u64", 0),
    FieldInfo::of::<[bool; 5]>("flags", "[bool; 5]", FLAGS),
    FieldInfo::of::<Text<20>>("name", "Text<20>", NAME),
    FieldInfo::of::<Out>("out", "Producer<u64, 4>", OUT),
    FieldInfo::of::<Inbox>("inbox", "Consumer<u64, 4>", INBOX),
    FieldInfo::of::<Waiting>("waiting", "Queue<u32, 8>", WAITING),
    FieldInfo::of::<Film>("film", "Buffer<1000>", FILM),
];

/// Fields whose values are valid or not whatever other bytes of them say.
const PLAIN: usize = 3;

/// Runs `test` on a fresh region, of the least memory that there can be.
fn with_region(test: impl FnOnce(&Region)) {
    let layout = Layout::new(behind::<Film>(FILM), &Options::new(65_536));
    let memory = std::alloc::Layout::from_size_align(layout.region, PAGE).expect("a small region");
    // SAFETY: allocated for the region's size, used by this thread alone, freed at the end.
    unsafe {
        let start = std::alloc::alloc_zeroed(memory);
        let region = Region::new(start, start, layout, &FIELDS);
        assert_eq!(region.recover(), Recovery::Fresh);
        test(&region);
        std::alloc::dealloc(start, memory);
    }
}

/// Commits `bytes` at `offset` of each field named. No two calls for a region may have the same stamp.
fn write(region: &Region, stamp: u32, writes: &[(usize, usize, &[u8])]) {
    let log = Log::closed();
    // SAFETY: no other record is open; the callers' stamps are fresh.
    unsafe { region.open(&log, stamp) };
    for (field, offset, bytes) in writes {
        log.write(*field, IMAGE + FIELDS[*field].offset + offset, bytes).expect("room in the record");
    }
    region.commit(log.seal().expect("room in the record")).expect("a sound record");
}

/// The image without what ring ends hold.
fn restorable(region: &Region) -> Vec<u8> {
    let bytes = region.image_bytes();
    let fields = FIELDS.iter().filter(|field| field.ring().is_none());
    fields.flat_map(|field| &bytes[field.offset..field.offset + field.size]).copied().collect()
}

fn positions(region: &Region) -> Vec<u64> {
    region.header().positions.iter().map(|position| position.load(Ordering::Relaxed)).collect()
}

/// Between two commits.
fn at_rest(region: &Region) {
    let header = region.header();
    assert_eq!(header.lock.load(Ordering::Relaxed) & 1, 0, "readers wait");
    assert_eq!(header.applied.load(Ordering::Relaxed), header.published.load(Ordering::Relaxed));
    assert_eq!(header.resetting.load(Ordering::Relaxed), 0);
}

/// Whatever the bytes are, each entry lies among them, behind the one before.
fn walk(entries: &[u8]) {
    let mut end = 0;
    // SAFETY: the slice is borrowed during the walk.
    for entry in unsafe { Entries::new(entries.as_ptr(), entries.len()) }.flatten() {
        assert!(entry.at >= end + super::Entry::HEAD, "{entry:?} begins before {end}");
        end = entry.at + entry.len;
        assert!(end <= entries.len(), "{entry:?} ends behind {}", entries.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has `target` judge every input that is checked in under `name`.
    fn corpus<T>(name: &str, target: fn(&[u8]) -> Option<T>) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus").join(name);
        let mut inputs = 0;
        for input in std::fs::read_dir(folder).expect("a folder of the project") {
            let looked_at =
                target(&std::fs::read(input.expect("an entry").path()).expect("an input")).is_some();
            inputs += usize::from(looked_at);
        }
        assert!(inputs >= 5, "{inputs} inputs");
    }

    #[test]
    fn what_is_checked_in_for_the_gate() {
        corpus("gate", gate);
    }

    #[test]
    fn what_is_checked_in_for_recovery() {
        corpus("recovery", recovery);
    }
}

//! A transaction's record of any bytes: the gate lets it pass or not, and what passes can be committed, replayed and
//! rolled back.

use super::super::bytes::checksum;
use super::super::record::{Entries, Header, Kind, RECORD_HEADER, RECORD_MAGIC};
use super::super::{Region, Rejected, Span, verify};
use super::{FIELDS, PLAIN, at_rest, positions, restorable, walk, with_region, write};
use crate::state::FieldSet;
use core::sync::atomic::Ordering;

/// Where the ring ends stand before the commit, and how far each may move.
fn span(field: usize) -> Option<Span> {
    match field {
        3 => Some(Span { own: 6, most: 9 }),
        4 => Some(Span { own: 3, most: 6 }),
        _ => None,
    }
}

/// The input: the fields that are borrowed exclusively as bits; what is wrong with the header (1: the checksum, 2:
/// where the positions begin); entries. Returns the verdict, `None` where the record is too long to be looked at.
///
/// # Panics
/// Where a promise of the gate's is broken.
pub fn gate(input: &[u8]) -> Option<Result<(), Rejected>> {
    let [borrowed, wrong, entries @ ..] = input else { return None };
    walk(entries);
    let exclusive = FieldSet::from_bits(u64::from(*borrowed));
    let mut verdict = None;
    with_region(|region| {
        write(region, 1, &[(0, 0, &[7; 8]), (1, 0, &[1; 5])]);
        let slot = slot(region, *wrong, entries);
        // SAFETY: as long as a record may be, and aligned.
        let Some(record) = (unsafe { region.take(slot.as_ptr().cast()) }) else { return };
        let before = (region.image_bytes().to_vec(), positions(region));
        let judged = verify(region, &record, exclusive, span);
        assert!(region.image_bytes() == before.0 && positions(region) == before.1, "it only looks");
        if judged.is_ok() {
            commit(region, record, exclusive, &before);
        }
        verdict = Some(judged);
    });
    verdict
}

/// A cache line: a row of them is aligned as a slot's record is.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u64; 8]);

/// What a transaction has left in its slot.
fn slot(region: &Region, wrong: u8, entries: &[u8]) -> Vec<Line> {
    let mut slot = vec![Line([0; 8]); region.layout().record.div_ceil(size_of::<Line>())];
    let room = region.layout().record - RECORD_HEADER;
    let copied = entries.len().min(room);
    let header = Header {
        magic: RECORD_MAGIC,
        len: entries.len() as u32,
        positions_at: (first_position(entries) + usize::from(wrong & 2)) as u32,
        entries_crc: checksum(entries) ^ u32::from(wrong & 1),
        ..Header::default()
    };
    let start = slot.as_mut_ptr().cast::<u8>();
    // SAFETY: header and `copied` bytes fit into the record.
    unsafe {
        core::ptr::write(start.cast(), header);
        core::ptr::copy_nonoverlapping(entries.as_ptr(), start.add(RECORD_HEADER), copied);
    }
    slot
}

fn first_position(bytes: &[u8]) -> usize {
    // SAFETY: the slice is borrowed during the walk.
    let mut entries = unsafe { Entries::new(bytes.as_ptr(), bytes.len()) };
    loop {
        let at = entries.at();
        match entries.next() {
            Some(Some(entry)) if entry.kind == Kind::Position => return at,
            Some(Some(_)) => {}
            _ => return bytes.len(),
        }
    }
}

/// What has passed: it changes what was borrowed and nothing else, a replay changes nothing, a rollback all.
fn commit(region: &Region, record: Header, exclusive: FieldSet, before: &(Vec<u8>, Vec<u64>)) {
    let undoable = region.undoable();
    let old = restorable(region);
    let sequence = region.header().applied.load(Ordering::Relaxed);
    region.commit(record).expect("what the gate lets pass is committed");
    at_rest(region);
    let (after, moved) = (region.image_bytes().to_vec(), positions(region));
    let mut allowed = vec![false; after.len()];
    for (index, field) in FIELDS.iter().enumerate() {
        if exclusive.has(index) {
            allowed[field.offset..field.offset + field.size].fill(true);
        } else {
            assert_eq!(moved[index], before.1[index], "field {index} was not borrowed");
        }
        let valid = (field.check_image)(&after[field.offset..field.offset + field.size]);
        assert!(valid || index >= PLAIN, "field {index} has an impossible value");
    }
    let foreign = (0..after.len()).find(|&at| after[at] != before.0[at] && !allowed[at]);
    assert_eq!(foreign, None, "a byte of the image that was not borrowed");

    region.tear(sequence, &before.0);
    assert_eq!(region.recover(), super::Recovery::Replayed);
    at_rest(region);
    assert!(region.image_bytes() == after && positions(region) == moved, "a replay changes nothing");

    if region.undoable() > undoable {
        assert_eq!(region.rollback(1), 1);
        at_rest(region);
        assert_eq!(restorable(region), old, "a rollback restores everything");
        assert_eq!(positions(region), moved, "and moves no position");
    }
}

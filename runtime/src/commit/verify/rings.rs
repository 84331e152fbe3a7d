//! Ring ends in a record: the positions and the slots that are written belong together.

use super::super::Log;
use super::super::bytes::checksum;
use super::super::record::RECORD_HEADER;
use super::*;
use crate::collections::{Consumer, Producer};
use crate::layout::Layout;
use crate::state::{FieldInfo, Options};

/// Messages that each ring holds.
const N: u64 = 4;
const OUT: usize = 1;
const IN: usize = 2;
/// Its messages have no content.
const BELL: usize = 3;

static RINGS: [FieldInfo; 4] = [
    FieldInfo::of::<u64>("total", "u64", 0),
    FieldInfo::of::<Producer<u64, 4>>("out", "Producer<u64, 4>", 8),
    FieldInfo::of::<Consumer<u64, 4>>("inbox", "Consumer<u64, 4>", 40),
    FieldInfo::of::<Producer<(), 4>>("bell", "Producer<(), 4>", 40 + size_of::<Inbox>()),
];
type Inbox = <Consumer<u64, 4> as crate::state::Field>::Image;

/// Where the ends stand before the commit, and how far each may move.
const SPANS: [Option<Span>; 4] = [
    None,
    // Three may be pushed, across the ring's end: into the slots 2, 3 and 0.
    Some(Span { own: 6, most: 9 }),
    Some(Span { own: 3, most: 6 }),
    Some(Span { own: 5, most: 9 }),
];

/// A change: messages written into these slots of `out`, and ends that move.
struct Change<'a> {
    slots: &'a [u64],
    moves: &'a [(usize, u64)],
}

/// Writes the record of `change`, has `spoil` change its entries, and hands it over to the gate.
fn judge(
    change: &Change<'_>,
    spoil: impl FnOnce(&mut [u8]),
    look: impl FnOnce(&Region, &Header),
) -> Result<(), Rejected> {
    let image = RINGS.iter().map(|field| field.offset + field.size).max().unwrap();
    let layout = Layout::new(image, &Options::new(65_536));
    let memory = std::alloc::Layout::from_size_align(layout.region, 4096).unwrap();
    // SAFETY: allocated for the region's size, used by this thread alone, freed at the end.
    unsafe {
        let start = std::alloc::alloc_zeroed(memory);
        let region = Region::new(start, start, layout, &RINGS);
        let log = Log::closed();
        region.open(&log, 1);
        log.write(0, IMAGE, &7_u64.to_le_bytes()).unwrap();
        for (at, slot) in change.slots.iter().enumerate() {
            let offset = IMAGE + RINGS[OUT].offset + *slot as usize * 8;
            log.write(OUT, offset, &(at as u64).to_le_bytes()).unwrap();
        }
        for (field, position) in change.moves {
            log.advance(*field, *position);
        }
        let mut header = log.seal().unwrap();
        let entries = core::slice::from_raw_parts_mut(region.body(), header.len as usize);
        spoil(entries);
        header.entries_crc = checksum(entries);
        let verdict = verify(&region, &header, FieldSet::ALL, |field| SPANS[field]);
        if verdict.is_ok() {
            look(&region, &header);
        }
        std::alloc::dealloc(start, memory);
        verdict
    }
}

fn verdict(slots: &[u64], moves: &[(usize, u64)]) -> Result<(), Rejected> {
    judge(&Change { slots, moves }, |_| (), |_, _| ())
}

#[test]
fn batches_pass_across_the_end_of_the_ring() {
    for n in 0..=3 {
        let slots: Vec<u64> = (6..6 + n).map(|position| position % N).collect();
        assert_eq!(verdict(&slots, &[(OUT, 6 + n)]), Ok(()), "{n} pushed");
        for popped in 0..=3 {
            let moves = [(OUT, 6 + n), (IN, 3 + popped), (BELL, 5 + popped)];
            assert_eq!(verdict(&slots, &moves), Ok(()), "{n} pushed, {popped} popped");
        }
    }
    assert_eq!(verdict(&[], &[]), Ok(()));
}

#[test]
fn a_position_moves_by_what_was_written_and_no_further() {
    let position = Err(Rejected::Position(OUT as u8));
    for to in (0..20).filter(|to| *to != 8) {
        assert_eq!(verdict(&[2, 3], &[(OUT, to)]), position, "two were written, and it moves to {to}");
    }
    for to in (0..20).filter(|to| *to != 6) {
        assert_eq!(verdict(&[], &[(OUT, to)]), position, "none was written, and it moves to {to}");
    }
    for (field, own, most) in [(IN, 3, 6), (BELL, 5, 9)] {
        for to in (0..20).filter(|to| !(own..=most).contains(to)) {
            assert_eq!(verdict(&[], &[(field, to)]), Err(Rejected::Position(field as u8)), "{field} to {to}");
        }
    }
    assert_eq!(verdict(&[], &[(0, 1)]), Err(Rejected::Position(0)), "no ring end");
}

#[test]
fn only_the_slots_that_are_pushed_are_written() {
    let slot = Err(Rejected::Slot(OUT as u8));
    for slots in [&[0][..], &[1], &[3], &[2, 0], &[3, 2], &[2, 3, 1], &[2, 3, 0, 1]] {
        let pushed = slots.len() as u64;
        assert_eq!(verdict(slots, &[(OUT, 6 + pushed)]), slot, "{slots:?}");
    }
    assert_eq!(verdict(&[2], &[]), slot, "written, and the position stays");
    assert_eq!(verdict(&[2], &[(IN, 4)]), slot);
}

#[test]
fn a_full_ring_takes_nothing() {
    let full = |_: usize| Some(Span { own: 6, most: 6 });
    let mut moves = Moves { written: [0; 64], pushes: FieldSet::NONE, moved: FieldSet::NONE };
    let end = RINGS[OUT].ring().unwrap();
    assert!(!moves.push(OUT, end, full(OUT).unwrap(), 16..24));
}

/// Every mutation of one byte of a head: what passes still does what a log can have written.
#[test]
fn no_mutation_of_a_sound_record_separates_positions_from_slots() {
    let change = Change { slots: &[2, 3, 0], moves: &[(OUT, 9), (IN, 5), (BELL, 6)] };
    let mut len = 0;
    judge(&change, |entries| len = entries.len(), |_, _| ()).unwrap();
    let (mut passed, mut refused) = (0, 0);
    for at in 0..len {
        for mask in 1..=u8::MAX {
            let verdict = judge(&change, |entries| entries[at] ^= mask, sound);
            *(if verdict.is_ok() { &mut passed } else { &mut refused }) += 1;
        }
    }
    // Four payloads of eight bytes may be anything; so may the padding behind them, which nobody reads.
    assert!(passed >= 4 * 8 * 255, "{passed} passed");
    assert!(refused > 10_000, "{refused} refused");
}

/// Tells from the record alone whether a producer's slots are those between its positions.
fn sound(region: &Region, header: &Header) {
    // SAFETY: the gate has let it pass.
    let entries: Vec<_> = unsafe { Entries::new(region.body(), header.len as usize) }.flatten().collect();
    let out = (IMAGE + RINGS[OUT].offset) as u64;
    let mut slots: Vec<u64> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Write && entry.offset >= out)
        .map(|e| (e.offset - out) / 8)
        .collect();
    slots.retain(|slot| *slot < N);
    let moved = |field: usize| {
        let mut to =
            entries.iter().filter(|entry| entry.kind == Kind::Position && usize::from(entry.field) == field);
        let (to, none) = (to.next().map(|entry| entry.offset), to.next());
        assert!(none.is_none(), "a position twice");
        to.unwrap_or(SPANS[field].unwrap().own)
    };
    let pushed: Vec<u64> = (6..moved(OUT)).map(|position| position % N).collect();
    assert_eq!(slots, pushed);
    assert!((3..=6).contains(&moved(IN)) && (5..=9).contains(&moved(BELL)));
    assert!(header.len as usize <= region.layout().record - RECORD_HEADER);
}

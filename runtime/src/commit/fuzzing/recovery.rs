//! A region whose journal and history have been written over: recovery, rollback and the next commit.

use super::super::record::RECORD_HEADER;
use super::super::{Recovery, Region};
use super::{at_rest, positions, restorable, walk, with_region, write};
use crate::collections::Text;
use crate::layout::UNHEARD;
use core::sync::atomic::Ordering;

/// The input: a byte that says how many commits there were, how many are rolled back, and whether the newest was not
/// applied yet; then patches: where (the lowest bit chooses between journal and history), how long, bytes. Returns what
/// recovery has found.
///
/// # Panics
/// Where a promise of recovery's is broken.
pub fn recovery(input: &[u8]) -> Option<Recovery> {
    let [plan, patches @ ..] = input else { return None };
    let mut found = None;
    with_region(|region| found = Some(damaged(region, *plan, patches)));
    found
}

fn damaged(region: &Region, plan: u8, patches: &[u8]) -> Recovery {
    // More than the history holds for a small one, and past its end.
    let commits = 1 + u32::from(plan & 7) * 30;
    let mut older = Vec::new();
    for stamp in 1..=commits {
        older = region.image_bytes().to_vec();
        write(region, stamp, &[(0, 0, &u64::from(stamp).to_le_bytes()), (1, stamp as usize % 5, &[1])]);
        if stamp == commits / 2 {
            region.checkpoint(Text::truncated("half way"));
        }
    }
    let whole = region.image_bytes().to_vec();
    if plan & 64 != 0 {
        region.tear(u64::from(commits - 1), &older);
    }
    patch(region, patches);
    let layout = region.layout();
    // SAFETY: the entries of the journal, which nobody writes during the walk.
    walk(unsafe { core::slice::from_raw_parts(region.body(), layout.record - RECORD_HEADER) });

    let outcome = region.recover();
    at_rest(region);
    match outcome {
        Recovery::Clean => assert!(plan & 64 == 0 && region.image_bytes() == whole),
        Recovery::Replayed => assert!(plan & 64 != 0 && region.image_bytes() == whole),
        Recovery::Damaged => assert!(plan & 64 != 0 && restorable(region).iter().all(|byte| *byte == 0)),
        Recovery::Fresh => unreachable!("it has been used"),
    }
    assert_eq!(region.recover(), Recovery::Clean, "recovery has come to an end");

    let names = region.checkpoints().count();
    assert!(names <= 1, "one was taken");
    let wanted = usize::from(plan >> 3 & 7) * 20;
    let undoable = region.undoable();
    let epoch = region.epoch();
    let undone = region.rollback(wanted);
    assert!(undone <= wanted.min(undoable));
    at_rest(region);
    assert!(region.epoch() == epoch + undone as u64 && region.epoch() != UNHEARD);
    assert!(positions(region).iter().all(|position| *position == 0), "no ring end has moved");

    // However damaged what was is, it stops nothing that comes: the history is filled twice.
    for stamp in commits + 1..=commits + 2 * (layout.history / 80) as u32 {
        let sequence = region.header().applied.load(Ordering::Relaxed);
        write(region, stamp, &[(0, 0, &u64::from(stamp).to_le_bytes())]);
        assert_eq!(region.header().applied.load(Ordering::Relaxed), sequence + 1);
        assert_eq!(region.image_bytes()[..8], u64::from(stamp).to_le_bytes());
    }
    at_rest(region);
    assert!(region.undoable() >= layout.history / 160, "there is a history again");
    let before = region.image_bytes()[..8].to_vec();
    assert_eq!(region.rollback(1), 1);
    assert_ne!(region.image_bytes()[..8], before);
    outcome
}

fn patch(region: &Region, mut patches: &[u8]) {
    let layout = region.layout();
    while let [low, high, len, rest @ ..] = patches {
        let (start, size) = if low & 1 == 0 {
            (layout.journal_at, layout.record)
        } else {
            (layout.history_at, layout.history)
        };
        // Words are what both are made of.
        let at = (usize::from(u16::from_le_bytes([*low, *high]) >> 1) * 4) % size;
        let len = usize::from(*len).min(rest.len());
        let (bytes, others) = rest.split_at(len);
        patches = others;
        let len = len.min(size - at);
        // SAFETY: inside the journal or the history, which only this thread uses.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), region.alias().add(start + at), len) };
    }
}

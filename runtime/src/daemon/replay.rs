//! Dead letters that an operator wants delivered again: root passes the request on, and the daemon carries it out when it
//! waits, in a commit of its own that also says which request it was. So each is carried out once, whoever dies meanwhile.

use super::Core;
use crate::root::Replay;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use zerocopy::IntoBytes;

impl Core {
    /// Carries out what root asks for, if it has not been; returns a word that changes with the next request, and what
    /// it was when this one was looked at.
    pub(super) fn replay_as_asked(&mut self) -> (*const AtomicU32, u32) {
        // SAFETY: root's table is always mapped.
        let asked: &AtomicU64 = unsafe { &(*self.entry).replay };
        let (word, low) = (asked.load(Ordering::SeqCst), super::low_word(asked));
        if word != 0 {
            self.replay(Replay::unpack(word));
        }
        (low, word as u32)
    }

    fn replay(&mut self, request: Replay) {
        let field = usize::from(request.field);
        let Some(mut metadata) = self.metadata(field).filter(|kept| !kept.has_answered(request.number))
        else {
            return;
        };
        let count = usize::try_from(request.count).unwrap_or(usize::MAX);
        let replayed = metadata.replay(count);
        metadata.answer(request.number);
        let (stamp, place) = (self.next_stamp(), self.place(field));
        // SAFETY: no record is under way while the daemon waits; the stamp is fresh.
        unsafe { self.region.open(self.log(), stamp) };
        let record = place.write(0, metadata.as_bytes()).and_then(|()| self.log().seal());
        if let Ok(record) = record
            && self.commit(record).is_ok()
        {
            log::info!("{}: {replayed} dead letters are delivered again", self.descriptor.fields[field].name);
        }
        self.log().close();
    }
}

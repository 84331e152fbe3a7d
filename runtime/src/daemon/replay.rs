//! Dead letters that an operator wants delivered again: root passes the request on, and the daemon carries it out when it
//! waits, in a commit of its own that also says how much of what was asked for is done. So each is carried out once, whoever
//! dies meanwhile.

use super::Core;
use crate::root::Entry;
use core::sync::atomic::Ordering;
use zerocopy::IntoBytes;

impl Core {
    /// Carries out what root asks for, if it has not been; returns what root's word was when it was looked at.
    pub(super) fn replay_as_asked(&mut self) -> u32 {
        // SAFETY: root's table is always mapped.
        let block = unsafe { &*self.block };
        let desired = self.desired().load(Ordering::SeqCst);
        let requests = desired / Entry::REPLAY;
        if requests != self.replays_seen {
            let own = self.index();
            for (ring, asked) in self.tree.rings.iter().zip(&block.replays) {
                if ring.consumer.0 == own {
                    self.replay(ring.consumer.1, asked.load(Ordering::SeqCst));
                }
            }
            self.replays_seen = requests;
        }
        desired
    }

    /// Has consumer `field`, which was `asked` for so many letters in its life, deliver what it has not been at.
    fn replay(&mut self, field: usize, asked: u32) {
        let Some(mut metadata) = self.metadata(field).filter(|kept| !kept.has_answered(asked)) else {
            return;
        };
        let replayed = metadata.answer(asked);
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

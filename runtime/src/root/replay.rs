//! What a tool asks of root beyond a look at the tree: to have a daemon deliver dead letters again.
//!
//! A request is one datagram, which is there as a whole or not at all, so that root never waits for the rest of one. It
//! raises the same signal as a connection to the other socket. The directory is the user's own, and so is who writes
//! there. Root passes the request on in its table, and the daemon carries it out when it next waits.

use super::block::Entry;
use super::socket::runtime_directory;
use super::supervisor::Supervisor;
use super::tree::Tree;
use crate::logger::Line;
use crate::state::RingEnd;
use crate::sys::futex;
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use log::Level;
use std::path::PathBuf;

/// Requests carried out in one round of root's loop.
const AT_A_TIME: usize = 8;

/// A request as it is sent: daemon, field, count.
pub type Request = [u64; 3];

/// The socket for requests of the root of that name.
pub fn requests_path(name: &str) -> PathBuf {
    runtime_directory().join(format!("{name}.ctl"))
}

/// Names nobody.
const NONSENSE: Request = [u64::MAX; 3];

/// The next request that has arrived; one of another length is none that makes sense.
fn receive(socket: c_int) -> Option<Request> {
    let mut request: Request = [0; 3];
    // SAFETY: writes at most so many bytes to a local.
    let len = unsafe {
        libc::recv(
            socket,
            request.as_mut_ptr().cast(),
            size_of::<Request>(),
            libc::MSG_DONTWAIT | libc::MSG_TRUNC,
        )
    };
    (len >= 0).then_some(if len as usize == size_of::<Request>() { request } else { NONSENSE })
}

impl Supervisor {
    /// Passes requests on to the daemons.
    pub(super) fn notice_replays(&self) {
        for _ in 0..AT_A_TIME {
            match receive(self.directory.requests()) {
                None => return,
                Some(request) => self.pass_on(request),
            }
        }
        super::signals::poke();
    }

    fn pass_on(&self, request: Request) {
        let Some((ring, end)) = asked(self.tree, &request) else { return };
        let Some(asked) = self.arenas.block().replays.get(ring) else { return };
        let (index, [_, _, count]) = (request[0] as usize, request);
        // All that there can be, or one that asks for all could make the next one ask for none.
        asked.fetch_add(count.min(end.letters as u64) as u32, Ordering::SeqCst);
        let word = &self.entry(index).desired;
        word.fetch_add(Entry::REPLAY, Ordering::SeqCst);
        futex::wake(word);
        crate::daemon::ring(self.doorbell(index));
        let line = Line::new(Level::Info).text(self.daemon(index).name);
        line.text(" is to deliver dead letters again").log();
    }
}

/// The ring that a request is about, by its row in the tree, and its end that pops.
fn asked(tree: &Tree, [daemon, field, _]: &Request) -> Option<(usize, RingEnd)> {
    let place = (usize::try_from(*daemon).ok()?, usize::try_from(*field).ok()?);
    let end = tree.daemons.get(place.0)?.fields.get(place.1)?.ring()?;
    let ring = tree.rings.iter().position(|ring| ring.consumer == place)?;
    Some((ring, end))
}

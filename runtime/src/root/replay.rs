//! What a tool asks of root beyond a look at the tree: to have a daemon deliver dead letters again.
//!
//! A request is one datagram, which is there as a whole or not at all, so that root never waits for the rest of one. It
//! raises the same signal as a connection to the other socket. The directory is the user's own, and so is who writes
//! there. Root passes the request on in its table, and the daemon carries it out when it next waits.

use super::block::Replay;
use super::socket::runtime_directory;
use super::supervisor::Supervisor;
use super::tree::Tree;
use crate::logger::Line;
use crate::state::{FieldInfo, Role};
use crate::sys::futex;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
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

/// The half of the word that a futex can wait on: the lower one, where the number is.
pub fn low_word(replay: &AtomicU64) -> *const AtomicU32 {
    crate::daemon::low_word(replay)
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
        let [daemon, field, count] = request;
        if !is_consumer(self.tree, &request) {
            return;
        }
        let (index, field) = (daemon as usize, field as u8);
        let word = &self.entry(index).replay;
        let number = Replay::unpack(word.load(Ordering::Relaxed)).number.wrapping_add(1).max(1);
        word.store(Replay { number, field, count }.pack(), Ordering::SeqCst);
        futex::wake(low_word(word));
        crate::daemon::ring(self.doorbell(index));
        let line = Line::new(Level::Info).text(self.daemon(index).name);
        line.text(" is to deliver dead letters again").log();
    }
}

fn is_consumer(tree: &Tree, [daemon, field, _]: &Request) -> bool {
    let info = usize::try_from(*daemon)
        .ok()
        .and_then(|daemon| tree.daemons.get(daemon))
        .and_then(|daemon| usize::try_from(*field).ok().and_then(|field| daemon.fields.get(field)));
    info.and_then(FieldInfo::ring).is_some_and(|end| end.role == Role::Consumer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_fit_into_a_word() {
        for (number, field, count) in [(1, 0, 0), (u16::MAX, 63, 7), (9, 1, u64::MAX >> 24)] {
            let replay = Replay { number, field, count };
            assert_eq!(Replay::unpack(replay.pack()), replay);
        }
        assert_eq!(
            Replay::unpack(Replay { number: 1, field: 2, count: u64::MAX }.pack()).count,
            u64::MAX >> 24
        );
    }
}

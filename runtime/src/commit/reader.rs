//! Reading another daemon's state while it may be committing: copy out, then check that nothing changed.
//!
//! The lock is that of [`protocol`](crate::protocol). The copy is made by [`racing`](super::racing), so a torn read is a value that is thrown
//! away and never a data race. A writer that died half-way leaves the lock odd until its successor has recovered;
//! a reader waits for that up to a deadline.

use crate::layout::RegionHeader;
use crate::protocol;
use crate::sys::{clock, futex};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

/// Rounds of yielding before a reader takes the writer for dead.
const PATIENCE: u32 = 64;
/// A reader cannot announce itself in a region that it may not write, so a living writer does not wake it;
/// a waiting reader looks again this often. Recovery does wake it.
const SLICE: Duration = Duration::from_millis(2);

/// No copy was whole in time: the writer died within a commit and its successor has not recovered the state yet, or it
/// commits without a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// What a copy belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Counts resets, and commits that were undone.
    pub epoch: u64,
    /// Number of the newest commit in it.
    pub sequence: u64,
}

/// Calls `copy` until it has run while nothing was committed, and says what it has seen then. What an earlier call
/// made may be torn: each begins anew.
///
/// # Safety
/// `header` must be a region's header that stays mapped and is written by no one but the region's owner.
///
/// # Errors
/// [`Busy`] once `patience` has passed.
pub unsafe fn read(
    header: *const RegionHeader,
    patience: Duration,
    mut copy: impl FnMut(),
) -> Result<Version, Busy> {
    // SAFETY: the caller's contract; all fields that are used are atomics.
    let header = unsafe { &*header };
    let mut rounds = 0;
    // Nobody looks at the clock unless somebody is in the way.
    let mut deadline = None;
    loop {
        let before = header.lock.load(Ordering::Relaxed);
        if let Some(version) = attempt(header, &mut copy) {
            return Ok(version);
        }
        rounds += 1;
        if rounds > PATIENCE {
            let now = clock::monotonic();
            let deadline = *deadline.get_or_insert(now.saturating_add(patience));
            if now >= deadline {
                return Err(Busy);
            }
            if before & 1 == 1 {
                let _ = futex::wait(lock_word(header), before as u32, Some(deadline.min(now + SLICE)));
            }
        }
        std::thread::yield_now();
    }
}

/// The first attempt of a [`read`]: what there is to do where nobody is in the way. A caller with a watchdog is idle
/// during the rest, since on a busy machine even yielding takes its time.
///
/// # Safety
/// As for [`read`].
#[inline]
pub unsafe fn read_at_once(header: *const RegionHeader, copy: &mut impl FnMut()) -> Option<Version> {
    // SAFETY: the caller's contract; all fields that are used are atomics.
    attempt(unsafe { &*header }, copy)
}

/// Calls `copy` once, unless a commit is being applied; `None` as well where one came in between.
#[inline]
fn attempt(header: &RegionHeader, copy: &mut impl FnMut()) -> Option<Version> {
    protocol::attempt(&header.lock, || {
        copy();
        Version {
            epoch: header.epoch.load(Ordering::Relaxed),
            sequence: header.applied.load(Ordering::Relaxed),
        }
    })
}

/// The half of the lock that a futex can wait on.
pub fn lock_word(header: &RegionHeader) -> &AtomicU32 {
    let word: *const AtomicU32 = (&raw const header.lock).cast();
    let word = if cfg!(target_endian = "big") { word.wrapping_add(1) } else { word };
    // SAFETY: half of an aligned 64-bit atomic.
    unsafe { &*word }
}

#[cfg(test)]
mod tests {
    use super::super::racing;
    use super::*;
    use crate::prelude::*;
    use crate::state::State;

    struct Two;
    // Written by hand because the macros name this crate from outside.
    mod wide {
        use super::*;
        use crate::commit::Overrun;
        use crate::state::{Attempt, Field, FieldInfo, FieldSet, Options, Place, PlainCell};

        #[derive(zerocopy::FromZeros, zerocopy::KnownLayout, zerocopy::Immutable)]
        #[repr(C)]
        pub struct Image(pub [u64; 8]);
        // SAFETY: one field, described as it lies in the image.
        unsafe impl State for Two {
            type Image = Image;
            type Cells = PlainCell<[u64; 8]>;
            type Mut<'a> = &'a mut [u64; 8];
            type Ref<'a> = &'a [u64; 8];
            const NAME: &'static str = "Two";
            const FIELDS: &'static [FieldInfo] = &[FieldInfo::of::<[u64; 8]>("words", "[u64; 8]", 0)];
            const OPTIONS: Options = Options::new(1 << 20);
            fn bind(place: &mut dyn FnMut(usize) -> Place) -> Self::Cells {
                <[u64; 8]>::bind(place(0))
            }
            fn begin(cells: &mut Self::Cells) {
                <[u64; 8]>::begin(cells);
            }
            fn lend(cells: &mut Self::Cells) -> &mut [u64; 8] {
                <[u64; 8]>::lend(cells)
            }
            fn share(cells: &Self::Cells) -> &[u64; 8] {
                <[u64; 8]>::share(cells)
            }
            fn gather(cells: &mut Self::Cells, _: FieldSet) -> Result<(), Overrun> {
                <[u64; 8]>::gather(cells)
            }
            fn attempt_failed(_: &mut Self::Cells, _: FieldSet) -> Attempt {
                Attempt::Ignored
            }
        }
    }

    /// Copies as many bytes as `out` has.
    ///
    /// # Safety
    /// As for `read`, and `from` must be readable for as many bytes, in the same region.
    unsafe fn copy_out(
        header: *const RegionHeader,
        from: *const u8,
        out: &mut [u8],
        patience: Duration,
    ) -> Result<Version, Busy> {
        // SAFETY: the caller's contract.
        unsafe { read(header, patience, || racing::copy(from, out.as_mut_ptr(), out.len())) }
    }

    #[test]
    fn a_reader_never_sees_half_a_commit() {
        let mut state = Scratch::<Two>::new();
        let header = std::ptr::from_ref(state.header()) as usize;
        let words = std::ptr::from_ref(state.state()) as usize;
        let reader = std::thread::spawn(move || {
            let mut newest = 0;
            while newest < 20_000 {
                let mut bytes = [0; 64];
                // SAFETY: the state outlives this thread, which is joined below.
                let version = unsafe {
                    copy_out(header as *const _, words as *const u8, &mut bytes, Duration::from_secs(10))
                }
                .unwrap();
                let first = u64::from_ne_bytes(bytes[..8].try_into().unwrap());
                for word in bytes.chunks_exact(8) {
                    assert_eq!(u64::from_ne_bytes(word.try_into().unwrap()), first, "a torn copy");
                }
                assert_eq!(first, version.sequence);
                assert!(first >= newest);
                newest = first;
            }
        });
        for n in 1..=20_000_u64 {
            state
                .update(|words| {
                    *words = [n; 8];
                    Ok::<_, ()>(())
                })
                .unwrap();
        }
        reader.join().unwrap();
    }

    #[test]
    fn a_dead_writer_is_waited_for_until_the_deadline() {
        let state = Scratch::<Two>::new();
        state.header().lock.store(1, Ordering::Release);
        let patience = Duration::from_millis(20);
        let start = clock::monotonic();
        let from = std::ptr::from_ref(state.state()).cast::<u8>();
        let mut out = [0; 8];
        // SAFETY: the state outlives the call.
        assert_eq!(unsafe { copy_out(state.header(), from, &mut out, patience) }, Err(Busy));
        assert!(clock::monotonic().saturating_sub(start) >= patience);
        state.header().lock.store(2, Ordering::Release);
        // SAFETY: as above.
        assert!(unsafe { copy_out(state.header(), from, &mut out, patience) }.is_ok());
    }
}

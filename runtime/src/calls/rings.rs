//! Which two rings a value of this module belongs to.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The ends of the rings of requests and of replies that were used first, each as its row in the table of fields plus 1;
/// 0 for none yet. A call is known by its place in the ring of requests: in another ring the same number means another
/// call.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Rings {
    asks: u8,
    answers: u8,
}

impl Rings {
    /// Uses the end in that `row` for requests.
    #[track_caller]
    pub(super) fn use_asks(&mut self, row: usize) {
        Self::bind(&mut self.asks, row);
    }

    /// Uses the end in that `row` for replies.
    #[track_caller]
    pub(super) fn use_answers(&mut self, row: usize) {
        Self::bind(&mut self.answers, row);
    }

    #[track_caller]
    fn bind(end: &mut u8, row: usize) {
        // A daemon has 64 fields at most.
        let row = row as u8 + 1;
        assert!(
            *end == 0 || *end == row,
            "one `Calls` or `Served` for each pair of rings: give this pair its own"
        );
        *end = row;
    }
}

//! Messages in batches: from the first push to the last pop, over one copy of the same bytes into memory that is
//! shared.

use crate::lane::{Bytes, Job, Times, Who, serve, shared};
use crate::{Line, Page, Sink, Source};
use core::hint::black_box;
use core::sync::atomic::Ordering::SeqCst;
use perennial::prelude::*;
use perennial_figures::side::{self, Side};
use perennial_figures::sys;

/// Lines in their ring.
pub const LINES: usize = 8192;
/// Pages in theirs.
pub const PAGES: usize = 128;
/// Rings full of messages in one measurement.
const RINGS: usize = 4;
/// A part of a ring that is one commit.
const PART: usize = 8;

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        serve(me, Who::Source, |me, job| match job {
            Job::Lines => {
                let lines = vec![Line([7; 64]); LINES / PART];
                send(me, LINES * RINGS, size_of::<Line>(), |s, left| {
                    s.lines.push_slice(&lines[..left.min(lines.len())])
                })
            }
            Job::Pages => {
                let pages = vec![Page([7; 4096]); PAGES / PART];
                send(me, PAGES * RINGS, size_of::<Page>(), |s, left| {
                    s.pages.push_slice(&pages[..left.min(pages.len())])
                })
            }
            _ => Err(Error::new("not mine")),
        })
    }
}

/// Sends `count` messages of `size` bytes, which `push` does as far as there is room and messages are left, and
/// waits until they have arrived. Then copies as many bytes.
fn send(
    me: &mut Handle<Source>,
    count: usize,
    size: usize,
    mut push: impl FnMut(crate::SourceMut<'_>, usize) -> usize,
) -> Times {
    let words = shared();
    let taken = words.taken.load(SeqCst);
    words.wanted.store(count as u64, SeqCst);
    let case = if size == size_of::<Line>() { "64B" } else { "4KiB" };
    side::enter(Side::Ours, case);
    let start = sys::now();
    let mut sent = 0;
    while sent < count {
        let pushed = me.change(|s| push(s, count - sent))?;
        sent += pushed;
        if pushed == 0 && !me.wait_for(&Wait::new().room())?.is_running() {
            return Err(Error::new("asked to stop"));
        }
    }
    if !sys::wait_while(&words.taken, taken) {
        return Err(Error::new("the messages did not arrive"));
    }
    let ours = sys::now() - start;

    let from = vec![7_u8; 1 << 15];
    let ring = Bytes::LEN.min(count / RINGS * size);
    let part = (ring / PART).min(from.len());
    side::enter(Side::Base, case);
    let start = sys::now();
    for at in (0..count * size).step_by(part) {
        // SAFETY: inside the shared bytes, which nobody else uses now.
        unsafe {
            core::ptr::copy_nonoverlapping(black_box(from.as_ptr()), words.bytes.at().add(at % ring), part);
        };
    }
    let base = sys::now() - start;
    side::enter(Side::Neither, "");
    Ok((ours * 1000 / count as u64, (base * 1000 / count as u64).max(1)))
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let words = shared();
        let mut popped = 0;
        let mut lines = vec![Line([0; 64]); LINES / PART];
        let mut pages = vec![Page([0; 4096]); PAGES / PART];
        let mut case = "";
        while me.wait()?.is_running() {
            let (of_lines, of_pages) =
                me.change(|s| (s.lines.pop_slice(&mut lines), s.pages.pop_slice(&mut pages)))?;
            popped += (of_lines + of_pages) as u64;
            let now = match (of_lines, of_pages) {
                (0, 0) => case,
                (_, 0) => "64B",
                _ => "4KiB",
            };
            if now != case {
                case = now;
                side::enter(Side::Ours, case);
            }
            black_box((&lines, &pages));
            if popped != 0 && popped == words.wanted.load(SeqCst) {
                popped = 0;
                sys::advance(&words.taken);
            }
        }
        Ok(())
    }
}

//! Budgets, checked while compiling: the sum of a daemon's parts against its `mem`, the sum of the daemons
//! against the root's.

use super::{Layout, PAGE};
use crate::commit::{Entry, RECORD_HEADER};
use crate::konst::Words;
use crate::state::{Options, State};

/// Bytes that root's own table takes, whatever the daemons.
pub const ROOT_BLOCK: usize = 4 * PAGE;

/// All memory of daemon `S` in bytes.
pub const fn footprint<S: State>() -> usize {
    Layout::of::<S>().total()
}

/// Fails to compile if daemon `S` needs more than its `mem`, or if its parts contradict each other.
///
/// # Panics
/// While compiling, with the numbers.
#[track_caller]
pub const fn fits<S: State>() {
    let layout = Layout::of::<S>();
    let options = S::OPTIONS;
    if S::FIELDS.len() > 62 {
        panic!(
            "{}",
            Words::new()
                .text("daemon `")
                .text(S::NAME)
                .text("` has more than 62 fields: group plain ones in a `#[plain]` struct")
                .as_str()
        );
    }
    let mut i = 0;
    while i < S::FIELDS.len() {
        let field = &S::FIELDS[i];
        if matches!(field.shape, crate::state::Shape::Plain) && field.size > 65_536 {
            panic!(
                "{}",
                Words::new()
                    .text("field `").text(field.name).text("` of daemon `").text(S::NAME).text("` is a plain value of ")
                    .number(field.size).text(" bytes; plain fields are copied for every change and may have 65 536: use `Array<T, N>`")
                    .as_str()
            );
        }
        i += 1;
    }
    if layout.record < RECORD_HEADER || layout.record > u32::MAX as usize {
        panic!(
            "{}",
            Words::new()
                .text("daemon `")
                .text(S::NAME)
                .text("`: `record` must be between 1 byte and 4 GiB; it is ")
                .number(layout.record)
                .text(" bytes")
                .as_str()
        );
    }
    let mut i = 0;
    while i < S::FIELDS.len() {
        let field = &S::FIELDS[i];
        let needed = RECORD_HEADER + field.largest + Entry::HEAD;
        if needed > layout.record {
            panic!(
                "{}",
                Words::new()
                    .text("field `")
                    .text(field.name)
                    .text("` of daemon `")
                    .text(S::NAME)
                    .text("` could never change: one change of it needs a record of ")
                    .number(needed)
                    .text(" bytes but `record` is ")
                    .number(layout.record)
                    .text(": raise `record`, or use smaller values in an `Array<T, N>`")
                    .as_str()
            );
        }
        i += 1;
    }
    if layout.history < layout.record {
        panic!(
            "{}",
            Words::new()
                .text("daemon `")
                .text(S::NAME)
                .text("`: `history` of ")
                .number(layout.history)
                .text(" bytes cannot hold one commit: `record` allows ")
                .number(layout.record)
                .text(" bytes; raise `history` or lower `record`")
                .as_str()
        );
    }
    if layout.total() > options.mem {
        panic!(
            "{}",
            Words::new()
                .text("daemon `")
                .text(S::NAME)
                .text("` needs ")
                .number(layout.total())
                .text(" bytes (state ")
                .number(layout.journal_at)
                .text(", journal ")
                .number(layout.record + layout.index)
                .text(", history ")
                .number(layout.history)
                .text(", heap ")
                .number(layout.heap)
                .text(", transactions ")
                .number(layout.share - layout.heap)
                .text(") but `mem` is ")
                .number(options.mem)
                .text(": raise it to ")
                .number(enough::<S>())
                .text(" or lower `record`, `history`, `heap` or `scratch`")
                .as_str()
        );
    }
}

/// A `mem` with which daemon `S` fits: parts that are not given grow with it.
const fn enough<S: State>() -> usize {
    let mut mem = S::OPTIONS.mem;
    loop {
        let total = Layout::new(size_of::<S::Image>(), &Options { mem, ..S::OPTIONS }).total();
        if total <= mem {
            return mem;
        }
        mem = total;
    }
}

/// Fails to compile if the daemons together need more than the root's `mem`.
///
/// # Panics
/// While compiling, with the numbers.
#[track_caller]
pub const fn root_fits(mem: usize, daemons: &[usize]) {
    let mut sum = ROOT_BLOCK;
    let mut i = 0;
    while i < daemons.len() {
        sum += daemons[i];
        i += 1;
    }
    if sum > mem {
        panic!(
            "{}",
            Words::new()
                .text("the root needs ")
                .number(sum)
                .text(" bytes (daemons ")
                .number(sum - ROOT_BLOCK)
                .text(", own table ")
                .number(ROOT_BLOCK)
                .text(") but `mem` is ")
                .number(mem)
                .text(": raise it by ")
                .number(sum - mem)
                .as_str()
        );
    }
}

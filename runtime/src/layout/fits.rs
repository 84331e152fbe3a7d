//! Budgets, checked while compiling: each part of a daemon against its limit, their sum against `mem`.
//!
//! The macros call these functions one after the other in one constant, each at the token of the user's that it
//! is about; the first that fails ends the evaluation, so that one mistake is one error.

use super::table::daemon_table;
use super::{Layout, PAGE};
use crate::commit::{Entry, RECORD_HEADER};
use crate::konst::Words;
use crate::state::{FieldInfo, Options, SHARED_ALIGN, Shape, State};

/// Fields that a daemon may have: their numbers share a byte's six bits with the runtime's own entries.
const MOST_FIELDS: usize = 62;
/// Bytes that a plain field may have.
const MOST_PLAIN: usize = 65_536;
/// Alignment of an image.
const MOST_ALIGNED: usize = 16;

/// Fails to compile if field `name` of daemon `S`, of alignment `align`, could not be what it is.
///
/// # Panics
/// While compiling, with the numbers.
#[track_caller]
pub const fn field_fits<S: State>(name: &str, align: usize) {
    let mut row = 0;
    while row < S::FIELDS.len() {
        if crate::konst::same(S::FIELDS[row].name, name) {
            break;
        }
        row += 1;
    }
    let field = &S::FIELDS[row];
    let words = Words::new().text("field `").text(name).text("` of daemon `").text(S::NAME).text("` ");
    if row >= MOST_FIELDS {
        let words = words.text("is number ").number(row + 1).text(", and a daemon has ").number(MOST_FIELDS);
        panic!("{}", words.text(" at most: group plain ones in a `#[plain]` struct").as_str());
    }
    let (align, most, what) = match field.shape {
        Shape::Shared { align, .. } => (align, SHARED_ALIGN, " bytes, and shared memory to "),
        _ => (align, MOST_ALIGNED, " bytes, and state to "),
    };
    if align > most {
        let words = words.text("is aligned to ").number(align).text(what).number(most);
        panic!("{}", words.text(" at most: take `align` off the type").as_str());
    }
    if matches!(field.shape, Shape::Plain) && field.size > MOST_PLAIN {
        let words = words
            .text("is a plain value of ")
            .number(field.size)
            .text(" bytes; plain fields are copied for every change and may have ");
        panic!("{}", words.number(MOST_PLAIN).text(": use `Array<T, N>`").as_str());
    }
    if let Some(ring) = field.ring()
        && ring.capacity == 0
    {
        panic!("{}", words.text("is an end of a ring for 0 messages, through which nothing could ever pass: give it room for 1 at least, such as `Producer<Order, 64>` and `Consumer<Order, 64>`").as_str());
    }
    record_holds::<S>(field, words);
}

/// One change of the field must fit a record.
#[track_caller]
const fn record_holds<S: State>(field: &FieldInfo, words: Words) {
    let record = Layout::of::<S>().record;
    let needed = RECORD_HEADER + field.largest + Entry::HEAD;
    if needed > record {
        let words = words.text("could never change: one change of it needs a record of ").number(needed);
        let words = words.text(" bytes but `record` is ").number(record).text(": `record = \"");
        let words = words.number(needed.div_ceil(PAGE) * PAGE / 1024);
        panic!("{}", words.text("KiB\"` holds it, or use smaller values in an `Array<T, N>`").as_str());
    }
}

/// Fails to compile if `record` of daemon `S` is out of range.
///
/// # Panics
/// While compiling, with the numbers.
#[track_caller]
pub const fn record_fits<S: State>() {
    let record = Layout::of::<S>().record;
    if record < RECORD_HEADER || record > u32::MAX as usize {
        let words = Words::new().text("daemon `").text(S::NAME).text("`: `record` is ").number(record);
        panic!("{}", words.text(" bytes: give it 1 byte to 4 GiB, such as \"64KiB\"").as_str());
    }
}

/// Fails to compile if the history of daemon `S` cannot hold one commit.
///
/// # Panics
/// While compiling, with the numbers.
#[track_caller]
pub const fn history_fits<S: State>() {
    let layout = Layout::of::<S>();
    if layout.history < layout.record {
        let words =
            Words::new().text("daemon `").text(S::NAME).text("`: `history` of ").number(layout.history);
        let words = words.text(" bytes cannot hold one commit: `record` allows ").number(layout.record);
        panic!("{}", words.text(" bytes; raise `history` or lower `record`").as_str());
    }
}

/// Fails to compile if daemon `S` needs more than its `mem`.
///
/// # Panics
/// While compiling, with the table that `map` prints.
#[track_caller]
pub const fn fits<S: State>() {
    let layout = Layout::of::<S>();
    let mem = S::OPTIONS.mem;
    if layout.total() > mem {
        let words = Words::new().text("daemon `").text(S::NAME).text("` needs ").number(layout.total());
        let words =
            words.text(" bytes but `mem` is ").number(mem).text(": raise it to ").number(enough::<S>());
        let words = words.text(" or lower `record`, `history`, `heap` or `scratch`");
        panic!("{}", daemon_table(words, &layout, S::FIELDS).as_str());
    }
}

/// A `mem` with which daemon `S` fits: parts that are not given grow with it.
const fn enough<S: State>() -> usize {
    let mut mem = S::OPTIONS.mem;
    loop {
        let total =
            Layout::new(size_of::<S::Image>(), &Options { mem, ..S::OPTIONS }).with(S::FIELDS).total();
        if total <= mem {
            return mem;
        }
        mem = total;
    }
}

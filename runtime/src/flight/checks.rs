//! What `#[transaction]` has checked while compiling. The macro puts each call at the user's own token, which is
//! then where rustc reports it.

use super::spec::{ANSWER, RESULT};
use crate::commit::{Entry, RECORD_HEADER};
use crate::konst::{Words, nearest, same};
use crate::layout::{Answer, Layout};
use crate::state::{FieldInfo, FieldSet, Message, Role, Shape, State};

/// A type that there is only where the checks of a transaction succeed. The glue works on it, so that what is
/// wrong is reported by a check and nowhere else.
pub trait Checked<const FAILED: usize> {
    /// The same type.
    type Same: ?Sized;
}

impl<T: ?Sized> Checked<0> for T {
    type Same = T;
}

/// The row of the field `name`.
///
/// # Panics
/// While compiling, if the daemon has no such field.
#[track_caller]
pub const fn borrowed<S: State>(name: &str) -> usize {
    let mut i = 0;
    while i < S::FIELDS.len() {
        if same(S::FIELDS[i].name, name) {
            return i;
        }
        i += 1;
    }
    panic!("{}", unknown(S::NAME, S::FIELDS, name).as_str())
}

const fn unknown(daemon: &str, table: &[FieldInfo], name: &str) -> Words {
    let mut names = [""; 64];
    let mut count = 0;
    while count < table.len() && count < names.len() {
        names[count] = table[count].name;
        count += 1;
    }
    let words = Words::new().text("daemon `").text(daemon).text("` has no field `").text(name);
    let mut words = match nearest(name, &names, count) {
        Some(meant) => words.text("`; did you mean `").text(meant).text("`?"),
        None => words.text("`; write `#[arg] ").text(name).text("` if it is an argument"),
    };
    let mut i = 0;
    while i < count {
        words =
            if i == 0 { words.text(" (fields of `").text(daemon).text("`: `") } else { words.text("`, `") };
        words = words.text(names[i]);
        i += 1;
    }
    if count == 0 { words } else { words.text("`)") }
}

/// The fields that a transaction may change, as far as they are looked at.
#[derive(Clone, Copy)]
pub struct Writes {
    fields: FieldSet,
    answers: bool,
}

impl Writes {
    /// None yet. `answers`: whether the answer is kept with them.
    pub const fn none(answers: bool) -> Self {
        Self { fields: FieldSet::NONE, answers }
    }

    /// The most that a record takes in which all plain ones change; the others log as much as they are told to.
    const fn record<S: State>(self) -> usize {
        let mut at = 0;
        let mut i = 0;
        while i < S::FIELDS.len() {
            if self.fields.has(i) && matches!(S::FIELDS[i].shape, Shape::Plain) {
                at += Entry::space(at, S::FIELDS[i].size);
            }
            i += 1;
        }
        if self.answers {
            at += Entry::space(at, size_of::<Answer>());
        }
        RECORD_HEADER + at
    }
}

/// `before` and the field `name`.
///
/// # Panics
/// While compiling, if the daemon has no such field, only the daemon itself writes it, or there is no record for all of
/// them.
#[track_caller]
pub const fn written<S: State>(before: Writes, name: &str) -> Writes {
    let row = borrowed::<S>(name);
    if let Some(ring) = S::FIELDS[row].ring()
        && matches!(ring.role, Role::Live)
    {
        let words =
            Words::new().text("`").text(name).text("` is a `Live`, which only daemon `").text(S::NAME);
        let words = words.text("` itself writes: return what is to be pushed, and push it in `update`");
        panic!("{}", words.as_str());
    }
    let all = Writes { fields: before.fields.with(row), ..before };
    let (record, needed) = (Layout::of::<S>().record, all.record::<S>());
    // A field that does not even fit alone is what the daemon's own check is about.
    let alone = Writes { fields: FieldSet::NONE.with(row), answers: false };
    if needed > record && before.record::<S>() <= record && alone.record::<S>() <= record {
        panic!(
            "{}",
            Words::new()
                .text("with `")
                .text(name)
                .text("` the fields that this transaction may change need a record of ")
                .number(needed)
                .text(" bytes, but `record` of daemon `")
                .text(S::NAME)
                .text("` is ")
                .number(record)
                .text(": raise `record`, or borrow with `&` what is only read")
                .as_str()
        );
    }
    all
}

/// The fingerprint of `T`, a part of the result.
///
/// # Panics
/// While compiling, if a `T` has no room in a slot, or in an answer that is kept.
#[track_caller]
pub const fn returned<T: Message>(answers: bool) -> u64 {
    let room = if answers { ANSWER } else { RESULT };
    if T::SIZE > room {
        panic!(
            "{}",
            Words::new()
                .text("this takes ")
                .number(T::SIZE)
                .text(" bytes, but ")
                .text(if answers { "an answer kept for a `#[request]` holds " } else { "a slot holds " })
                .number(room)
                .text(": return less and leave the rest in a field")
                .as_str()
        );
    }
    T::FINGERPRINT
}

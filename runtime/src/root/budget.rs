//! Root's budget, checked while compiling: the sum of the daemons against `mem`.

use super::tree::Descriptor;
use crate::konst::Words;
use crate::layout::{ROOT_BLOCK, table_row};

/// Root's memory by daemon, a line each: the same in the error of a budget that is too small and in `map`.
#[must_use]
pub const fn root_table(words: Words, daemons: &[Descriptor]) -> Words {
    let mut words = table_row(words, "root's own table", ROOT_BLOCK);
    let mut i = 0;
    while i < daemons.len() {
        words = table_row(words, daemons[i].name, daemons[i].layout.total());
        i += 1;
    }
    words
}

/// Fails to compile if the daemons together need more than the root's `mem`.
///
/// # Panics
/// While compiling, with the table that `map` prints.
#[track_caller]
pub const fn root_fits(mem: usize, daemons: &[Descriptor]) {
    let mut sum = ROOT_BLOCK;
    let mut i = 0;
    while i < daemons.len() {
        sum += daemons[i].layout.total();
        i += 1;
    }
    if sum > mem {
        let words = Words::new().text("the root needs ").number(sum).text(" bytes but `mem` is ").number(mem);
        let words = words.text(": raise it by ").number(sum - mem).text(", or lower `mem` of a daemon");
        panic!("{}", root_table(words, daemons).as_str());
    }
}

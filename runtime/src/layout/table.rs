//! Where a daemon's memory goes, as a table: the same in the error of a budget that is too small and in `map`.

use super::{IMAGE, Layout, PAGE, SLOTS};
use crate::konst::Words;
use crate::state::FieldInfo;

/// Bytes that root's own table takes, whatever the daemons.
pub const ROOT_BLOCK: usize = 4 * PAGE;

/// A daemon's part of root's memory.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The daemon's name.
    pub name: &'static str,
    /// All of its memory in bytes.
    pub bytes: usize,
}

const NAMES: usize = 20;
const NUMBERS: usize = 16;

const fn row(words: Words, name: &str, bytes: usize) -> Words {
    words.text("\n  ").left(name, NAMES).text(" ").right(bytes, NUMBERS)
}

/// Root's memory by daemon, a line each.
#[must_use]
pub const fn root(words: Words, shares: &[Share]) -> Words {
    let mut words = row(words, "root's own table", ROOT_BLOCK);
    let mut i = 0;
    while i < shares.len() {
        words = row(words, shares[i].name, shares[i].bytes);
        i += 1;
    }
    words
}

/// A daemon's memory by part, and its image by field, a line each.
#[must_use]
pub const fn daemon(words: Words, layout: &Layout, fields: &[FieldInfo]) -> Words {
    let mut words = row(words, "header", IMAGE);
    words = row(words, "image", layout.journal_at - IMAGE);
    words = row(words, "journal", layout.record + layout.index);
    words = row(words, "history", layout.history);
    words = row(words, "heap", layout.heap);
    words = row(words, "transactions", SLOTS * layout.slot);
    words = words.text("\n  ").left("field", NAMES).text("           offset            bytes  type");
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        words = row(words, field.name, field.offset)
            .text(" ")
            .right(field.size, NUMBERS)
            .text("  ")
            .text(field.ty);
        i += 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Options;

    #[test]
    fn the_parts_of_a_daemon_add_up_to_the_whole() {
        let layout = Layout::new(100_000, &Options::new(4 << 20));
        let table = daemon(Words::new(), &layout, &[FieldInfo::of::<u64>("total", "u64", 100_000)]);
        let numbers = |line: &str| -> Vec<usize> {
            let digits = |word: &&str| word.chars().all(|c| c.is_ascii_digit());
            let number: String = line.split(' ').filter(digits).collect();
            number.parse().into_iter().collect()
        };
        let parts: Vec<usize> = table.as_str().lines().flat_map(numbers).take(6).collect();
        assert_eq!(parts.len(), 6, "{}", table.as_str());
        assert_eq!(parts.iter().sum::<usize>(), layout.total());
        assert!(table.as_str().ends_with(" 100 000                8  u64"), "{}", table.as_str());
    }
}

//! Where a daemon's memory goes, as a table: the same in the error of a budget that is too small and in `map`.

use super::{IMAGE, Layout, PAGE, SLOTS};
use crate::konst::Words;
use crate::state::FieldInfo;

/// Bytes that root's own table takes, whatever the daemons.
pub const ROOT_BLOCK: usize = 5 * PAGE;

const NAMES: usize = 20;
const NUMBERS: usize = 16;

/// A line of the table.
#[must_use]
pub const fn table_row(words: Words, name: &str, bytes: usize) -> Words {
    words.text("\n  ").left(name, NAMES).text(" ").right(bytes, NUMBERS)
}

/// A daemon's memory by part, and its image by field, a line each.
#[must_use]
pub const fn daemon_table(words: Words, layout: &Layout, fields: &[FieldInfo]) -> Words {
    let mut words = table_row(words, "header", IMAGE);
    words = table_row(words, "image", layout.journal_at - IMAGE);
    words = table_row(words, "journal", layout.record + layout.index);
    words = table_row(words, "history", layout.history);
    if layout.live != 0 {
        words = table_row(words, "live rings", layout.live);
    }
    words = table_row(words, "heap", layout.heap);
    if layout.shared != 0 {
        words = table_row(words, "shared", layout.shared);
    }
    words = table_row(words, "transactions", SLOTS * layout.slot);
    words = words.text("\n  ").left("field", NAMES).text("           offset            bytes  type");
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        let outside = match field.ring() {
            Some(ring) => ring.outside(),
            None => 0,
        };
        words = table_row(words, field.name, field.offset)
            .text(" ")
            .right(field.size + outside, NUMBERS)
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
        let table = daemon_table(Words::new(), &layout, &[FieldInfo::of::<u64>("total", "u64", 100_000)]);
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

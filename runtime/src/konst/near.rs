//! Which valid name was meant, found while compiling: the same rule as the macros have for what they know themselves
//! (`macros/src/shared/suggest.rs`).

/// Longer names are not guessed at.
const LONGEST: usize = 64;

/// The one of the first `count` of `candidates` that is nearest to `word`, if it is near enough to be a slip.
pub const fn nearest(word: &str, candidates: &[&'static str], count: usize) -> Option<&'static str> {
    let mut limit = word.len() / 3;
    if limit == 0 {
        limit = 1;
    }
    let mut best = None;
    let mut i = 0;
    while i < count && i < candidates.len() {
        let distance = distance(word.as_bytes(), candidates[i].as_bytes());
        // From here on, only what is nearer.
        if distance <= limit {
            best = Some(candidates[i]);
            if distance == 0 {
                break;
            }
            limit = distance - 1;
        }
        i += 1;
    }
    best
}

/// Insertions, deletions, replacements and swaps of neighbours between `a` and `b`, whatever their case.
const fn distance(a: &[u8], b: &[u8]) -> usize {
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut rows = [[0; LONGEST + 1]; 3];
    let mut j = 0;
    while j <= b.len() {
        rows[0][j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let (before, above, row) = ((i + 1) % 3, (i + 2) % 3, i % 3);
        rows[row][0] = i;
        let mut j = 1;
        while j <= b.len() {
            let same = a[i - 1].eq_ignore_ascii_case(&b[j - 1]);
            let mut least = rows[above][j - 1] + !same as usize;
            least = lesser(least, rows[above][j] + 1);
            least = lesser(least, rows[row][j - 1] + 1);
            if i > 1
                && j > 1
                && a[i - 1].eq_ignore_ascii_case(&b[j - 2])
                && a[i - 2].eq_ignore_ascii_case(&b[j - 1])
            {
                least = lesser(least, rows[before][j - 2] + 1);
            }
            rows[row][j] = least;
            j += 1;
        }
        i += 1;
    }
    rows[a.len() % 3][b.len()]
}

const fn lesser(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 4] = ["orders", "refunds", "order_count", "id"];

    #[test]
    fn slips_are_recognised() {
        for (word, meant) in [
            ("ordres", Some("orders")),
            ("refund", Some("refunds")),
            ("Orders", Some("orders")),
            ("total", None),
        ] {
            assert_eq!(nearest(word, &FIELDS, 4), meant, "{word}");
        }
        assert_eq!(nearest("refund", &FIELDS, 1), None);
        assert_eq!(nearest("orders_in", &["orders_on", "orders_in"], 2), Some("orders_in"));
    }

    #[test]
    fn distances() {
        for (a, b, expected) in [("", "abc", 3), ("abc", "acb", 1), ("kitten", "sitting", 3), ("abc", "", 3)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected);
        }
        assert_eq!(distance(&[b'a'; 65], b"a"), usize::MAX);
    }
}

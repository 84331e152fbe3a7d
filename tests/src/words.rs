//! Words of the lines that trees say.

/// The word behind `name=` in a line.
///
/// # Panics
/// When the line has none.
pub fn field<'a>(line: &'a str, name: &str) -> &'a str {
    line.split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
        .unwrap_or_else(|| panic!("no `{name}=` in `{line}`"))
}

/// The number behind `name=` in a line.
///
/// # Panics
/// When the line has none.
pub fn number(line: &str, name: &str) -> i64 {
    field(line, name).parse().unwrap_or_else(|_| panic!("`{name}` is no number in `{line}`"))
}

//! What a bench prints: `bench NAME/CASE key=value …`, or `bench NAME/CASE not run: REASON`.

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// What is measured.
    pub name: &'a str,
    /// At what size, against whom; may be empty.
    pub case: &'a str,
    /// Why there is none.
    pub not_run: Option<&'a str>,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    /// Reads a line; `None` where it is no figure's.
    pub fn read(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("bench ")?;
        let (whole, rest) = rest.split_once(' ')?;
        let (name, case) = whole.split_once('/').unwrap_or((whole, ""));
        let not_run = rest.strip_prefix("not run: ");
        let fields = match not_run {
            Some(_) => Vec::new(),
            None => rest.split(' ').filter_map(|word| word.split_once('=')).collect(),
        };
        Some(Self { name, case, not_run, fields })
    }

    /// The value of a field.
    pub fn field(&self, key: &str) -> Option<&'a str> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// The fields that have no column of their own.
    pub fn others(&self) -> String {
        let columns = ["ratio", "count", "target", "met", "ours", "base"];
        let others = self.fields.iter().filter(|(name, _)| !columns.contains(name));
        others.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
    }

    /// Whether its target is missed.
    pub fn is_missed(&self) -> bool {
        self.field("met") == Some("no")
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_line_has_a_name_a_case_and_fields() {
        let text = "bench commit_1/4MiB ratio=4.21 target=2.00 met=no ours=115ns base=26.7ns rss=7";
        let line = Line::read(text).expect("a figure");
        assert_eq!((line.name, line.case, line.field("ours")), ("commit_1", "4MiB", Some("115ns")));
        assert!(line.is_missed());
        assert_eq!(line.others(), "rss 7");
        let line = Line::read("bench supervise/s6 not run: it is not installed").expect("a figure");
        assert_eq!((line.case, line.not_run), ("s6", Some("it is not installed")));
        assert!(!line.is_missed());
        assert_eq!(Line::read("something else"), None);
    }
}

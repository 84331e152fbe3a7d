//! The expansions that the snapshots show stay short: a bound on their lines, so that bloat is seen.

use std::path::Path;

/// Lines that each snapshot may have, about a tenth more than it has.
const BOUNDS: [(&str, usize); 6] = [
    ("daemon", 470),
    ("message", 250),
    ("plain", 102),
    ("root", 116),
    ("transaction", 165),
    ("transaction_stub", 20),
];

#[test]
fn expansions_are_short() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let count = std::fs::read_dir(&folder).expect("the snapshots").count();
    assert_eq!(count, BOUNDS.len(), "each snapshot has a bound");
    for (name, bound) in BOUNDS {
        let text = std::fs::read_to_string(folder.join(format!("{name}.rs"))).expect("a snapshot");
        let lines = text.lines().count();
        assert!(
            lines <= bound,
            "`{name}` expands to {lines} lines, more than {bound}: shorten it, or raise the bound"
        );
        assert!(lines * 3 > bound * 2, "`{name}` expands to {lines} lines only: lower its bound of {bound}");
    }
}

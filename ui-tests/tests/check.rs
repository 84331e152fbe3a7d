//! What the compiler says of every misuse keeps the rules: one error, at the user's own token, with a remedy. A case
//! that cannot is exempt by a line of its header, `//! allows: several|whole|rustc — reason`.

use perennial_ui_tests::{cases, rules};

#[test]
fn every_diagnostic_keeps_the_rules() {
    let cases: Vec<_> = cases::MACROS.into_iter().flat_map(cases::fail).collect();
    assert!(cases.len() >= 90, "{} cases are too few", cases.len());
    let breaches: Vec<String> = cases
        .iter()
        .flat_map(|case| rules::breaches(case).into_iter().map(|breach| format!("{}: {breach}", case.name)))
        .collect();
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

//! What the compiler says of every misuse keeps the rules: one error, at the user's own token, with a remedy. A case
//! that cannot is exempt by a line of its header, `//! allows: several|whole|rustc — reason`.

use perennial_ui_tests::{cases, rules};

/// Cases that break a rule today; shrinks to nothing.
const OWED: [&str; 15] = [
    "daemon/decide_method",
    "daemon/decide_result",
    "daemon/decide_signature",
    "daemon/mem_missing",
    "daemon/unknown_options",
    "daemon/used_as_value",
    "daemon/validate_error",
    "daemon/validate_missing",
    "daemon/validate_other_daemon",
    "daemon/validate_result",
    "daemon/validate_signature",
    "root/all_missing",
    "root/daemons_missing",
    "root/mem_missing",
    "root/setup_not_a_function",
];

#[test]
fn every_diagnostic_keeps_the_rules() {
    let cases: Vec<_> = cases::MACROS.into_iter().flat_map(cases::fail).collect();
    assert!(cases.len() >= 90, "{} cases are too few", cases.len());
    let breaches: Vec<String> = cases
        .iter()
        .filter(|case| !OWED.contains(&case.name.as_str()))
        .flat_map(|case| rules::breaches(case).into_iter().map(|breach| format!("{}: {breach}", case.name)))
        .collect();
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

//! Every text that can stand in an error is in the words of a case. The table of both, `DIAGNOSTICS.md`, and the page
//! for users, `COMPILER.md`, are generated: `UPDATE_PAGES=1 cargo test -p perennial-ui-tests --test table`.

#[path = "table/pages.rs"]
mod pages;
#[path = "table/texts.rs"]
mod texts;

use perennial_ui_tests::cases::{self, Case};
use texts::Text;

/// Texts that no case can show, with the reason.
const ELSEWHERE: [(&str, &str); 1] = [(
    "a panic must unwind to be reported and contained: remove `panic = \"abort\"` from the profile",
    "`tests/profile.rs`",
)];

/// What the macros say, and what the runtime says while it is compiled into a program: in constants, and of traits
/// that are missing. What starts with a space is documentation that a macro emits.
fn texts() -> Vec<Text> {
    let mut texts = texts::below("macros/src", |file, _| !TESTING.iter().any(|name| file.ends_with(name)));
    texts.retain(|text| !text.text.starts_with(' '));
    let said = |file: &str, source: &str| {
        let running = file.contains("/cli/") || file.ends_with("report.rs") || file.contains("/konst");
        !running && (source.contains("Words::") || source.contains("on_unimplemented"))
    };
    texts.extend(texts::below("runtime/src", said));
    texts
}

/// The macros' helpers for tests.
const TESTING: [&str; 4] = ["shared/bound.rs", "shared/editor.rs", "shared/noise.rs", "shared/testing.rs"];

fn cases() -> Vec<Case> {
    cases::MACROS.into_iter().flat_map(cases::fail).collect()
}

#[test]
fn every_text_has_a_case() {
    let (texts, cases) = (texts(), cases());
    assert!(texts.len() > 100, "{} texts are too few to be all", texts.len());
    let elsewhere = |text: &Text| ELSEWHERE.iter().any(|(known, _)| *known == text.text);
    let shown = |text: &Text| cases.iter().any(|case| text.is_in_any(&case.stderr));
    let missing: Vec<String> = texts
        .iter()
        .filter(|text| !elsewhere(text) && !shown(text))
        .map(|text| format!("{}: {}", text.file, text.text))
        .collect();
    assert!(missing.is_empty(), "{} texts without a case:\n{}", missing.len(), missing.join("\n"));
    for (text, place) in ELSEWHERE {
        assert!(
            texts.iter().any(|known| known.text == text),
            "{place} is said to show what nobody says: {text}"
        );
    }
}

#[test]
fn the_table_is_that_of_the_sources() {
    pages::compare("ui-tests/DIAGNOSTICS.md", &pages::table(&texts(), &ELSEWHERE, &cases()));
}

#[test]
fn the_page_is_that_of_the_cases() {
    pages::compare("COMPILER.md", &pages::page(&cases()));
}

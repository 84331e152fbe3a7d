//! The generated pages.

use super::texts::Text;
use perennial_ui_tests::cases::{self, Case};
use perennial_ui_tests::rules;
use perennial_ui_tests::stderr;
use std::fmt::Write as _;
use std::fs;

/// The most likely mistakes of somebody who writes a first program, each with its case.
const NEWCOMER: [(&str, &str); 10] = [
    ("A `Vec` or `String` as a daemon's field", "daemon/field_vec"),
    ("No ceiling for the memory", "daemon/mem_missing"),
    ("A size in decimal units", "daemon/mem_unit"),
    ("More state than the ceiling allows", "daemon/over_budget"),
    ("No `impl Daemon`", "root/not_a_daemon"),
    ("A transaction with `self`", "transaction/self_receiver"),
    ("A transaction that returns no `Result`", "transaction/no_result"),
    ("A `&str` argument that is not marked", "transaction/str_not_marked"),
    ("A `String` in a message", "message/field_string"),
    ("A slip in a ring's field", "root/unknown_field"),
];

const PAGE: &str = "# When the compiler says…\n\n\
    A misuse of a macro is one error, at the token that is wrong, and says what to do instead: after a colon or a\n\
    semicolon, or in a note below. It is found by `cargo check`. This page lists all of them, by macro; it is generated\n\
    from the cases below `ui-tests/cases/fail`, so the words are the compiler's.\n\n\
    Where rustc itself speaks, because the mistake is one of plain Rust (an unknown name, a mismatch of types), it points\n\
    at your own code as if there were no macro. An error of a constant starts with `evaluation panicked:`; it is found by\n\
    calculation, so it comes only once everything else is right.\n";

const TABLE: &str = "# The texts of the diagnostics, and the cases that show them\n\n\
    Generated from the sources of the macros and of the runtime's constants and traits; see `tests/table.rs`. A text\n\
    without a case fails the test.\n";

/// Fails unless the file `name` of the workspace is `text`; with `UPDATE_PAGES` set, writes it.
pub fn compare(name: &str, text: &str) {
    let path = cases::root().parent().expect("a workspace").join(name);
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, text).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(text.lines()).find(|(found, made)| found != made);
    assert!(
        found == text,
        "{name} is not up to date: test again with UPDATE_PAGES=1; first difference: {differs:?}"
    );
}

/// All texts by file, each with one case of each macro that shows it.
pub fn table(texts: &[Text], elsewhere: &[(&str, &str)], cases: &[Case]) -> String {
    let mut page = String::from(TABLE);
    let mut file = "";
    for text in texts {
        if text.file != file {
            file = &text.file;
            let _ = write!(page, "\n## `{file}`\n\n| text | cases |\n|---|---|\n");
        }
        let shown = |of: &&str| {
            let mut own = cases.iter().filter(|case| case.name.split('/').next() == Some(of));
            own.find(|case| text.is_in_any(&case.stderr)).map(|case| case.name.clone())
        };
        let mut places: Vec<String> = cases::MACROS.iter().filter_map(shown).collect();
        places.extend(
            elsewhere.iter().filter(|(known, _)| *known == text.text).map(|(_, place)| (*place).to_owned()),
        );
        let _ = writeln!(page, "| {} | {} |", cell(&text.text), places.join(", "));
    }
    page
}

/// All misuses by macro, with the compiler's words.
pub fn page(cases: &[Case]) -> String {
    let mut page = String::from(PAGE);
    let case =
        |name: &str| cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"));
    page += "\n## The ten most likely mistakes\n\n| mistake | the compiler says |\n|---|---|\n";
    for (mistake, name) in NEWCOMER {
        let _ = writeln!(page, "| {mistake} | {} |", words(case(name)));
    }
    for of in cases::MACROS {
        let shown = if of == "root" { "root!".to_owned() } else { format!("#[{of}]") };
        let own: Vec<&Case> = cases.iter().filter(|case| case.name.split('/').next() == Some(of)).collect();
        let _ = write!(
            page,
            "\n## `{shown}`: {} cases\n\n| misuse | the compiler says |\n|---|---|\n",
            own.len()
        );
        for case in own {
            let _ = writeln!(page, "| {} | {} |", cell(&case.title()), words(case));
        }
    }
    page
}

/// Each error's message, and below it what else it advises.
fn words(case: &Case) -> String {
    let said = stderr::blocks(&case.stderr).into_iter().map(|block| {
        let message = block.message.trim_start_matches("evaluation panicked: ").to_owned();
        let mut said = vec![message];
        said.extend(block.advice.into_iter().filter(|advice| rules::advises(advice)));
        said.iter().map(|text| cell(text)).collect::<Vec<_>>().join("<br>")
    });
    said.collect::<Vec<_>>().join("<br><br>")
}

/// One cell of a table: outside of code, `<` would start a tag.
fn cell(text: &str) -> String {
    let pieces = text.trim().replace('\n', " ").replace('|', "\\|");
    let plain =
        |(i, piece): (usize, &str)| if i % 2 == 0 { piece.replace('<', "&lt;") } else { piece.to_owned() };
    pieces.split('`').enumerate().map(plain).collect::<Vec<_>>().join("`")
}

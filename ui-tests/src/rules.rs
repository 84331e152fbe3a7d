//! What a diagnostic must be: one error, at the user's own token, that names a remedy.

use crate::cases::{Allowed, Case};
use crate::stderr::{self, Block};

/// What is said beside an error without telling what to do: where it comes from, and how traits relate.
const NO_REMEDY: [&str; 10] = [
    "this error originates",
    "this note originates",
    "the trait `",
    "the following other types",
    "required ",
    "expected ",
    "see issue",
    "available ",
    "but trait ",
    "consider manually implementing",
];

/// The rules that `case` breaks and is not exempt from, and the exemptions that it does not need.
pub fn breaches(case: &Case) -> Vec<String> {
    let allowed = match case.allowed() {
        Ok(allowed) => allowed,
        Err(mistake) => return vec![mistake],
    };
    let blocks = stderr::blocks(&case.stderr);
    let found = [
        (Allowed::Several, several(&blocks)),
        (Allowed::Whole, blocks.iter().find_map(|block| whole(block, &case.source))),
        (Allowed::Rustc, blocks.iter().find_map(remedy)),
    ];
    let mut breaches: Vec<String> = blocks.iter().filter_map(|block| elsewhere(block, &case.name)).collect();
    if blocks.is_empty() {
        breaches.push("no error: bless it with TRYBUILD=overwrite".to_owned());
    }
    for (rule, breach) in found {
        match (allowed.contains(&rule), breach) {
            (false, Some(breach)) => breaches.push(breach),
            (true, None) => breaches.push(format!("keeps the rule that its header is exempt from: {rule:?}")),
            _ => {}
        }
    }
    breaches
}

fn several(blocks: &[Block]) -> Option<String> {
    (blocks.len() > 1).then(|| format!("{} errors for one misuse", blocks.len()))
}

fn elsewhere(block: &Block, name: &str) -> Option<String> {
    let file = format!("cases/fail/{name}.rs");
    let place = block.place.as_ref().map(|(found, ..)| found);
    (place != Some(&file)).then(|| format!("points outside the program: {place:?}"))
}

/// An error at the place of the expansion has nothing better to point at, or did not look for it. An error at an
/// attribute that the macro was given among its tokens says not where it originates, and is the user's own token.
fn whole(block: &Block, source: &str) -> Option<String> {
    let (_, line, column) = block.place.as_ref()?;
    let text: String = source.lines().nth(line - 1)?.chars().skip(column - 1).collect();
    let expansion = block.advice.iter().any(|advice| advice.starts_with("this error originates"));
    let marked = ["#[daemon", "#[transaction", "#[message", "#[plain", "root!"];
    let at = marked.into_iter().find(|lead| text.trim_start_matches("::").starts_with(lead))?;
    expansion.then(|| format!("points at the whole `{at}`: {}", block.message))
}

/// A remedy follows a colon or a semicolon of the message, or is a note or help; and a message may be one.
fn remedy(block: &Block) -> Option<String> {
    let message = block.message.trim_start_matches("evaluation panicked: ");
    let words = without_quotes(message);
    let lone = message.starts_with("expected `") || words.contains(" goes on ");
    let said = lone || words.contains(": ") || words.contains("; ");
    let advised = block.advice.iter().any(|advice| advises(advice));
    (!said && !advised).then(|| format!("names no remedy: {message}"))
}

/// Whether a note or help tells what to do.
pub fn advises(advice: &str) -> bool {
    !NO_REMEDY.iter().any(|lead| advice.starts_with(lead))
}

/// The text without what stands in backquotes, so that the colon of a bound is none of the sentence.
fn without_quotes(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "\n --> cases/fail/plain/case.rs:3:1\n";

    fn of(source: &str, stderr: &str) -> Vec<String> {
        let stderr = stderr.replace("AT", PLACE);
        breaches(&Case { name: "plain/case".to_owned(), source: source.to_owned(), stderr })
    }

    #[test]
    fn one_error_with_a_remedy_keeps_all_rules() {
        for good in [
            "error: too much: take lessAT",
            "error[E0277]: `A` is no plain typeAT  = note: put `#[plain]` on it\n",
            "error[E0425]: cannot find `a`AThelp: a local variable with a similar name exists: `b`\n",
        ] {
            assert_eq!(of("//! A.\n\nstruct A;", good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn each_rule_can_be_broken() {
        let origin = "  = note: this error originates in the attribute macro `plain`\n";
        let breach = |source: &str, stderr: &str| of(source, stderr).concat();
        assert!(breach("//! A.\n\nA", "error: a: bATerror: a: bAT").contains("2 errors"));
        assert!(breach("//! A.\n\nA", "").contains("no error"));
        assert!(breach("//! A.\n\nA", "error: a: b\n --> src/lib.rs:1:1\n").contains("outside"));
        assert!(breach("//! A.\n\n#[plain]", &format!("error: a: bAT{origin}")).contains("whole `#[plain`"));
        assert_eq!(breach("//! A.\n\n#[plain]", "error: given twice: remove oneAT"), "");
        for silent in
            ["error: bad", "error[E0277]: the trait bound `A: B` is not satisfied", "error: a `b: c`"]
        {
            assert!(breach("//! A.\n\nA", &format!("{silent}AT{origin}")).contains("no remedy"), "{silent}");
        }
    }

    #[test]
    fn an_exemption_is_used_or_wrong() {
        let exempt = "//! allows: rustc — a mistake of the body\n\nA";
        assert_eq!(of(exempt, "error: badAT"), Vec::<String>::new());
        assert!(
            of(exempt, "error: bad: do better\n --> cases/fail/plain/case.rs:3:1\n")[0].contains("exempt")
        );
    }
}

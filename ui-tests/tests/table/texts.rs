//! The texts that the macros and the runtime's constants put into errors, read from the sources: every string of
//! several words that is no documentation, no reason of a lint and no message of a panic that cannot happen.

use proc_macro2::{TokenStream, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};

/// A text with holes, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// The file, such as `macros/src/daemon/parse.rs`.
    pub file: String,
    /// As in the source, with `{…}` where something is put in.
    pub text: String,
}

impl Text {
    /// Whether `line` is this text with something put in.
    pub fn is_in(&self, line: &str) -> bool {
        let mut rest = line;
        fragments(&self.text).iter().all(|fragment| match rest.split_once(fragment.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    }

    /// Whether any line of `text` is this one with something put in.
    pub fn is_in_any(&self, text: &str) -> bool {
        text.lines().any(|line| self.is_in(line))
    }
}

/// What stands between the holes.
fn fragments(text: &str) -> Vec<String> {
    let mut fragments = vec![String::new()];
    let mut hole = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if !hole && chars.peek() == Some(&c) => {
                chars.next();
                fragments.last_mut().expect("never empty").push(c);
            }
            '{' => hole = true,
            '}' if hole => {
                hole = false;
                fragments.push(String::new());
            }
            _ if hole => {}
            _ => fragments.last_mut().expect("never empty").push(c),
        }
    }
    fragments.retain(|fragment| !fragment.trim().is_empty());
    fragments
}

/// All texts below the workspace's `folder`, in files for which `wanted` holds.
pub fn below(folder: &str, wanted: impl Fn(&str, &str) -> bool) -> Vec<Text> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let mut texts = Vec::new();
    for path in sources(&workspace.join(folder)) {
        let source = fs::read_to_string(&path).expect("a source");
        let file = path.strip_prefix(workspace).expect("below the workspace").display().to_string();
        if wanted(&file, &source) {
            collect(source.parse().expect("tokens"), &mut |text| {
                texts.push(Text { file: file.clone(), text });
            });
        }
    }
    texts
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory entry").path()).collect();
    paths.sort();
    let nested = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    let own = |path: &PathBuf| path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs");
    paths.into_iter().flat_map(nested).filter(own).collect()
}

fn collect(tokens: TokenStream, found: &mut impl FnMut(String)) {
    let mut trees = tokens.into_iter().peekable();
    let mut before = String::new();
    while let Some(tree) = trees.next() {
        match &tree {
            TokenTree::Group(group) => {
                let inner = group.stream().to_string();
                match before.as_str() {
                    "#" | "# !" if inner.starts_with("cfg (test)") || inner == "test" => {
                        // What is for tests ends with its body.
                        for tree in trees.by_ref() {
                            let text = tree.to_string();
                            if text == ";" || text.starts_with('{') {
                                break;
                            }
                        }
                    }
                    "#" | "# !" if !inner.starts_with("diagnostic :: on_unimplemented") => {}
                    ". expect" | ". unwrap_or_else" | "unreachable !" => {}
                    _ => collect(group.stream(), found),
                }
            }
            TokenTree::Literal(literal) => {
                let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value());
                text.into_iter().filter(|text| text.split_whitespace().count() > 2).for_each(&mut *found);
            }
            _ => {}
        }
        let last = before.rsplit(' ').next().unwrap_or_default();
        let after_hash = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '#');
        before = if after_hash { "#".to_owned() } else { format!("{last} {tree}") };
    }
}

#[test]
fn texts_are_found_and_recognised() {
    let source = r#"
        //! A module that says a thing.
        #[diagnostic::on_unimplemented(message = "`{Self}` is no good")]
        #[allow(lint, reason = "not a message at all")]
        fn a() { at(span, format!("no such `{}` as {name}: {{ ok }}", b)).expect("is always there, they say"); }
        #[cfg(test)]
        mod tests { fn b() { panic!("what is for the tests"); } }
        const B: &str = "a text of some words";
    "#;
    let mut found = Vec::new();
    collect(source.parse().expect("tokens"), &mut |text| found.push(text));
    assert_eq!(found, ["`{Self}` is no good", "no such `{}` as {name}: {{ ok }}", "a text of some words"]);
    let text = Text { file: String::new(), text: found.remove(1) };
    assert!(text.is_in("error: no such `c` as d: { ok }"));
    assert!(!text.is_in("error: no such `c` is d: { ok }"));
}

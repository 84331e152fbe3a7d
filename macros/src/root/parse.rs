//! Tokens to sections: `key = value;` and `key: [list];`.

use crate::shared::options;
use crate::shared::values::{Entry, Known};
use crate::shared::{Errors, suggest};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;

const VALUES: [Known; 5] = [
    Known { name: "mem", expects: "a size in quotes, such as `mem = \"8MiB\";`" },
    Known { name: "strategy", expects: "`strategy = one_for_one;`, or `one_for_all` or `rest_for_one`" },
    Known { name: "name", expects: "a name in quotes, such as `name = \"shop\";`" },
    Known { name: "setup", expects: "the path of a function, such as `setup = open_files;`" },
    Known { name: "crate", expects: "the path of the runtime's crate, such as `crate = my_perennial;`" },
];
const LISTS: [(&str, &str); 3] = [
    ("daemons", "`daemons: [Gateway, Ledger];`"),
    ("rings", "`rings: [Gateway.orders -> Ledger.orders];`"),
    ("subscriptions", "`subscriptions: [Monitor -> Ledger];`"),
];

/// What the user wrote, each section at most once.
#[derive(Default)]
pub(super) struct Sections {
    values: Vec<(&'static str, Entry)>,
    lists: Vec<(&'static str, Group)>,
    /// Keys that were written, well or badly.
    mentioned: Vec<String>,
}

impl Sections {
    pub(super) fn value(&self, name: &str) -> Option<&Entry> {
        self.values.iter().find(|(key, _)| *key == name).map(|(_, entry)| entry)
    }

    pub(super) fn list(&self, name: &str) -> Option<&Group> {
        self.lists.iter().find(|(key, _)| *key == name).map(|(_, list)| list)
    }

    /// Whether the section `name` was given.
    fn has(&self, name: &str) -> bool {
        self.value(name).is_some() || self.list(name).is_some()
    }

    /// Whether the section `name` was at least tried.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.mentioned.iter().any(|key| key == name)
    }
}

fn names() -> impl Iterator<Item = &'static str> + Clone {
    let lists = LISTS.iter().map(|(name, _)| *name);
    VALUES.iter().map(|known| known.name).chain(lists)
}

pub(super) fn parse(input: TokenStream, errors: &mut Errors) -> Sections {
    let mut sections = Sections::default();
    let pieces = options::split(input, ';');
    let last = pieces.len().saturating_sub(1);
    for (i, piece) in pieces.into_iter().enumerate() {
        let mut trees: Vec<TokenTree> = piece.tokens.into_iter().collect();
        if trees.is_empty() {
            if i != last {
                errors.at(piece.end, "expected a section before this `;`: remove it");
            }
            continue;
        }
        // A forgotten `;` shows as the start of another section; both are read all the same.
        while let Some(at) = next_section(&trees) {
            let rest = trees.split_off(at);
            errors.at(rest[0].span(), format!("expected `;` before `{}`", rest[0]));
            section(trees, &mut sections, errors);
            trees = rest;
        }
        section(trees, &mut sections, errors);
    }
    sections
}

/// Where a second section starts.
fn next_section(trees: &[TokenTree]) -> Option<usize> {
    let mark =
        |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | ':'));
    (2..trees.len().saturating_sub(1)).find(|&i| {
        let known = matches!(&trees[i], TokenTree::Ident(key) if names().any(|name| *key == name));
        let double = trees.get(i + 2).is_some_and(mark);
        known && mark(&trees[i + 1]) && !double && !mark(&trees[i - 1])
    })
}

fn section(trees: Vec<TokenTree>, sections: &mut Sections, errors: &mut Errors) {
    let whole: TokenStream = trees.iter().cloned().collect();
    let mut trees = trees.into_iter();
    let Some(TokenTree::Ident(key)) = trees.next() else {
        // Any of them may be meant.
        sections.mentioned.extend(names().map(str::to_owned));
        return errors.on(whole, format!("expected a section: one of {}", suggest::list(names())));
    };
    let name = key.unraw().to_string();
    if !names().any(|known| known == name) {
        let hint = suggest::hint(&name, names());
        // What was probably meant is not missing.
        sections.mentioned.extend(suggest::nearest(&name, names()).map(str::to_owned));
        return errors
            .at(key.span(), format!("no section `{name}`{hint} (sections: {})", suggest::list(names())));
    }
    if sections.has(&name) {
        return errors.at(key.span(), format!("section `{name}` is given twice: remove one"));
    }
    sections.mentioned.push(name.clone());
    let mark = trees.next();
    let value: TokenStream = trees.collect();
    if let Some(known) = VALUES.iter().find(|known| known.name == name) {
        match mark {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' && !value.is_empty() => {
                sections.values.push((known.name, Entry::new(known, value)));
            }
            _ => errors.on(whole, format!("section `{name}`: expected {}", known.expects)),
        }
    } else if let Some((known, example)) = LISTS.iter().find(|(known, _)| *known == name) {
        match (mark, list(value)) {
            (Some(TokenTree::Punct(punct)), Some(list)) if punct.as_char() == ':' => {
                sections.lists.push((known, list));
            }
            _ => errors.on(whole, format!("section `{name}`: expected a list, such as {example}")),
        }
    }
}

/// The one group in brackets that `value` consists of.
fn list(value: TokenStream) -> Option<Group> {
    let mut trees = value.into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Bracket => Some(group),
        _ => None,
    }
}

/// A name for messages: the identifier without `r#`.
pub(super) fn shown(name: &Ident) -> String {
    name.unraw().to_string()
}

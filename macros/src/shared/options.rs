//! `key = value` lists, in attributes and after rings.

use super::values::{Entry, Known};
use super::{Errors, suggest};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;

/// The option that every attribute has.
pub(crate) const CRATE: Known =
    Known { name: "crate", expects: "the path of the runtime's crate, such as `my_perennial`" };

/// The options given.
pub(crate) struct Entries {
    given: Vec<Entry>,
    /// Keys that were written, well or badly.
    mentioned: Vec<&'static str>,
    /// Keys that were misspelt: a word near enough to one stood there.
    meant: Vec<&'static str>,
}

/// Reads a list of `key = value` separated by commas. Unknown keys, keys given twice and missing values are
/// reported and left out.
pub(crate) fn parse(tokens: TokenStream, known: &'static [Known], errors: &mut Errors) -> Entries {
    let mut entries = Entries { given: Vec::new(), mentioned: Vec::new(), meant: Vec::new() };
    let pieces = split(tokens, ',');
    let last = pieces.len().saturating_sub(1);
    for (i, piece) in pieces.into_iter().enumerate() {
        match piece.tokens.is_empty() {
            true if i == last => {}
            true => errors.at(piece.end, "expected an option before this `,`: remove the comma"),
            false => entries.add(piece.tokens, known, errors),
        }
    }
    entries
}

/// Tokens up to a separator.
pub(crate) struct Piece {
    /// Without the separator.
    pub(crate) tokens: TokenStream,
    /// The separator, or the last token.
    pub(crate) end: Span,
}

/// Splits at every top-level `separator`. The last piece may be empty; there is always at least one.
pub(crate) fn split(tokens: TokenStream, separator: char) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = TokenStream::new();
    let mut end = Span::call_site();
    for tree in tokens {
        end = tree.span();
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == separator => {
                pieces.push(Piece { tokens: core::mem::take(&mut piece), end });
            }
            other => piece.extend([other]),
        }
    }
    pieces.push(Piece { tokens: piece, end });
    pieces
}

impl Entries {
    fn add(&mut self, piece: TokenStream, known: &'static [Known], errors: &mut Errors) {
        let valid = || suggest::list(known.iter().map(|known| known.name));
        let mut trees = piece.clone().into_iter();
        let Some(TokenTree::Ident(key)) = trees.next() else {
            // Any of them may be meant.
            self.meant.extend(known.iter().map(|known| known.name));
            return errors.on(piece, format!("expected `option = value`; the options are {}", valid()));
        };
        let name = key.unraw().to_string();
        let Some(known) = known.iter().find(|known| known.name == name) else {
            let keys = known.iter().map(|known| known.name);
            let hint = suggest::hint(&name, keys.clone());
            self.meant.extend(suggest::nearest(&name, keys));
            return errors.at(key.span(), format!("no option `{name}`{hint} (options: {})", valid()));
        };
        let twice = self.mentioned.contains(&known.name);
        self.mentioned.push(known.name);
        let value: TokenStream = match trees.next() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => trees.collect(),
            Some(other) => {
                return errors.at(other.span(), format!("write `{name} = …`; expected {}", known.expects));
            }
            None => TokenStream::new(),
        };
        if value.is_empty() {
            return errors.on(piece, format!("`{name}` has no value; expected {}", known.expects));
        }
        if twice {
            return errors.at(key.span(), format!("`{name}` is given twice: remove one"));
        }
        self.given.push(Entry::new(known, value));
    }

    /// The option `name`, if given.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.given.iter().find(|entry| entry.name() == name)
    }

    /// Whether the option `name` was at least tried, maybe under a name like it: that it is missing is then no
    /// mistake of its own.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.mentioned.contains(&name) || self.meant.contains(&name)
    }

    /// The value of `crate`.
    pub(crate) fn krate(&self, errors: &mut Errors) -> super::Krate {
        super::Krate::new(self.get("crate").and_then(|entry| entry.path(errors)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    const KNOWN: [Known; 3] = [
        Known { name: "mem", expects: "a size in quotes, such as `\"4MiB\"`" },
        Known { name: "retries", expects: "a whole number, such as `2`" },
        CRATE,
    ];

    fn read(tokens: TokenStream) -> (Entries, Vec<String>) {
        let mut errors = Errors::default();
        let entries = parse(tokens, const { &KNOWN }, &mut errors);
        (entries, errors.messages())
    }

    #[test]
    fn values_are_read() {
        let (entries, messages) = read(quote!(mem = "4KiB", retries = 3, crate = a::b,));
        assert!(messages.is_empty(), "{messages:?}");
        let mut errors = Errors::default();
        assert_eq!(entries.get("mem").unwrap().size(&mut errors).unwrap().value, 4096);
        assert_eq!(entries.get("retries").unwrap().count(&mut errors), Some(3));
        assert_eq!(entries.krate(&mut errors).root().to_string(), "a :: b");
        assert!(errors.is_empty());
    }

    #[test]
    fn mistakes_are_all_reported() {
        let (_, messages) = read(quote!(men = "4KiB", mem, retries(3), retries =, 5, , mem = 1, mem = 2));
        assert_eq!(
            messages,
            [
                "no option `men`; did you mean `mem`? (options: `mem`, `retries`, `crate`)",
                "`mem` has no value; expected a size in quotes, such as `\"4MiB\"`",
                "write `retries = …`; expected a whole number, such as `2`",
                "`retries` has no value; expected a whole number, such as `2`",
                "expected `option = value`; the options are `mem`, `retries`, `crate`",
                "expected an option before this `,`: remove the comma",
                "`mem` is given twice: remove one",
                "`mem` is given twice: remove one",
            ]
        );
    }

    #[test]
    fn a_slip_is_not_an_option_left_out_too() {
        let (entries, messages) = read(quote!(men = "4KiB", retries = 2));
        assert!(
            entries.mentions("mem") && entries.get("mem").is_none() && messages.len() == 1,
            "{messages:?}"
        );
        let (entries, messages) = read(quote!(men = "4KiB", mem = "4KiB"));
        assert!(
            entries.get("mem").is_some() && messages.len() == 1,
            "the right one is not given twice: {messages:?}"
        );
        assert!(!read(quote!(colour = 1)).0.mentions("mem"));
    }

    #[test]
    fn wrong_values_say_what_is_expected() {
        let (entries, _) = read(quote!(mem = 4096, retries = -1, crate = "x"));
        let mut errors = Errors::default();
        assert!(entries.get("mem").unwrap().size(&mut errors).is_none());
        assert!(entries.get("retries").unwrap().count(&mut errors).is_none());
        entries.krate(&mut errors);
        assert_eq!(
            errors.messages(),
            [
                "wrong value for `mem`: expected a size in quotes, such as `\"4MiB\"`",
                "wrong value for `retries`: expected a whole number, such as `2`",
                "wrong value for `crate`: expected the path of the runtime's crate, such as `my_perennial`",
            ]
        );
    }
}

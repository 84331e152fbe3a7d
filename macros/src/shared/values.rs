//! One option: its key, and its value as whatever type it should have.

use super::{Errors, suggest, units};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{LitInt, LitStr, Path, parse::Parser};

/// An option that exists.
pub(crate) struct Known {
    /// The key.
    pub(crate) name: &'static str,
    /// What the value must be, with an example; follows "expected".
    pub(crate) expects: &'static str,
}

/// A value with the place where it was written.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    /// In bytes or nanoseconds.
    pub(crate) value: u64,
    /// The literal.
    pub(crate) span: Span,
}

/// A known option that was given, once.
pub(crate) struct Entry {
    known: &'static Known,
    value: TokenStream,
}

impl Entry {
    /// An option with its value as written.
    pub(crate) fn new(known: &'static Known, value: TokenStream) -> Self {
        Self { known, value: peel(value) }
    }

    /// The key.
    pub(crate) fn name(&self) -> &'static str {
        self.known.name
    }

    /// Where the value starts.
    pub(crate) fn span(&self) -> Span {
        self.value.clone().into_iter().next().map_or_else(Span::call_site, |tree| tree.span())
    }

    /// The value as written.
    pub(crate) fn value(&self) -> &TokenStream {
        &self.value
    }

    /// Reports that the value is not what was expected.
    pub(crate) fn mismatch(&self, errors: &mut Errors) {
        let (name, expects) = (self.known.name, self.known.expects);
        errors.on(&self.value, format!("wrong value for `{name}`: expected {expects}"));
    }

    fn read<T>(&self, read: impl Parser<Output = T>, errors: &mut Errors) -> Option<T> {
        let value = read.parse2(self.value.clone()).ok();
        if value.is_none() {
            self.mismatch(errors);
        }
        value
    }

    /// Text in quotes.
    pub(crate) fn text(&self, errors: &mut Errors) -> Option<LitStr> {
        self.read(|input: syn::parse::ParseStream<'_>| input.parse::<LitStr>(), errors)
    }

    fn amount(&self, unit: fn(&str) -> Result<u64, String>, errors: &mut Errors) -> Option<Amount> {
        let text = self.text(errors)?;
        match unit(&text.value()) {
            Ok(value) => Some(Amount { value, span: text.span() }),
            Err(message) => {
                errors.at(text.span(), format!("`{}`: {message}", self.known.name));
                None
            }
        }
    }

    /// A size in bytes.
    pub(crate) fn size(&self, errors: &mut Errors) -> Option<Amount> {
        self.amount(units::size, errors)
    }

    /// A duration in nanoseconds.
    pub(crate) fn duration(&self, errors: &mut Errors) -> Option<Amount> {
        self.amount(units::duration, errors)
    }

    /// A duration other than zero; `remedy` tells what to write instead.
    pub(crate) fn positive(&self, remedy: &str, errors: &mut Errors) -> Option<Amount> {
        let amount = self.duration(errors)?;
        if amount.value == 0 {
            errors.at(amount.span, format!("`{}` is zero: {remedy}", self.known.name));
            return None;
        }
        Some(amount)
    }

    /// A whole number of 32 bits.
    pub(crate) fn count(&self, errors: &mut Errors) -> Option<u32> {
        let number = self.read(|input: syn::parse::ParseStream<'_>| input.parse::<LitInt>(), errors)?;
        let value = number.base10_parse().ok().filter(|_| matches!(number.suffix(), "" | "u32"));
        if value.is_none() {
            self.mismatch(errors);
        }
        value
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)], errors: &mut Errors) -> Option<T> {
        let valid = || choices.iter().map(|(word, _)| *word);
        let word = self.value.to_string();
        let found = choices.iter().find(|(choice, _)| *choice == word).map(|(_, value)| *value);
        if found.is_none() {
            let word = word.trim_matches('"');
            let (name, list) = (self.known.name, suggest::list(valid()));
            let example = match (suggest::nearest(word, valid()), valid().next()) {
                (Some(meant), _) => format!("; did you mean `{name} = {meant}`?"),
                (None, Some(first)) => format!(", such as `{name} = {first}`"),
                (None, None) => String::new(),
            };
            errors.on(
                &self.value,
                format!("wrong value for `{name}`: expected one of {list}, without quotes{example}"),
            );
        }
        found
    }

    /// A path without type arguments.
    pub(crate) fn path(&self, errors: &mut Errors) -> Option<Path> {
        self.read(Path::parse_mod_style, errors)
    }
}

/// Without the invisible group that a `macro_rules!` fragment comes in.
fn peel(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => peel(group.stream()),
        _ => tokens,
    }
}

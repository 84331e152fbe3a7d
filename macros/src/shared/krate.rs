//! The path by which generated code reaches the runtime.

use super::{spans, text};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{LitStr, Path};

/// The runtime's crate root: `::perennial`, or what `crate = …` says.
#[derive(Clone, Default)]
pub(crate) struct Krate(Option<Path>);

impl Krate {
    /// The crate at `path`, or the default.
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path)
    }

    /// The crate root.
    pub(crate) fn root(&self) -> TokenStream {
        if let Some(path) = &self.0 {
            path.to_token_stream()
        } else {
            quote_spanned!(spans::site()=> ::perennial)
        }
    }

    /// The module of what only generated code uses.
    pub(crate) fn private(&self) -> TokenStream {
        let root = self.root();
        quote_spanned!(spans::site()=> #root::__private)
    }

    /// The path of zerocopy as its derives want it.
    pub(crate) fn zerocopy(&self) -> LitStr {
        let private = self.private();
        LitStr::new(&text::compact(quote_spanned!(spans::site()=> #private::zerocopy)), spans::site())
    }
}

//! A tree to a plan: expressions for each part of the constant.

use super::daemons::Node;
use super::validate::{Tree, Wire};
use crate::shared::spans;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Path;

/// What is to be generated.
pub(super) struct Plan {
    pub(super) private: TokenStream,
    pub(super) name: TokenStream,
    pub(super) mem: Literal,
    /// The literal to blame if the budget is too small.
    pub(super) check: Span,
    pub(super) strategy: Ident,
    pub(super) daemons: Vec<Path>,
    /// The constant that describes each daemon.
    pub(super) descriptors: Vec<TokenStream>,
    pub(super) rings: Vec<TokenStream>,
    pub(super) setup: TokenStream,
}

pub(super) fn lower(tree: &Tree) -> Plan {
    let site = spans::site();
    let private = tree.krate.private();
    let name = if let Some(name) = &tree.name {
        name.to_token_stream()
    } else {
        quote_spanned! {site=>
            match (::core::option_env!("CARGO_BIN_NAME"), ::core::option_env!("CARGO_PKG_NAME")) {
                (::core::option::Option::Some(name), _) | (_, ::core::option::Option::Some(name)) => name,
                _ => "root",
            }
        }
    };
    let setup = if let Some(path) = &tree.setup {
        quote_spanned!(site=> ::core::option::Option::Some(|| #private::run_setup(#path)))
    } else {
        quote_spanned!(site=> ::core::option::Option::None)
    };
    Plan {
        name,
        mem: Literal::u64_unsuffixed(tree.mem.value),
        check: tree.mem.span,
        strategy: Ident::new(tree.strategy, site),
        daemons: tree.daemons.iter().map(|node| node.path.clone()).collect(),
        descriptors: tree.daemons.iter().map(|node| descriptor(node, &private)).collect(),
        rings: tree.rings.iter().map(|wire| ring(wire, tree, &private)).collect(),
        setup,
        private,
    }
}

fn descriptor(node: &Node, private: &TokenStream) -> TokenStream {
    let (site, daemon) = (spans::site(), &node.path);
    let after = (!node.after.is_empty()).then(|| {
        let places = node.after.iter().map(|other| Literal::usize_unsuffixed(other.on));
        quote_spanned!(site=> .after(&[#(#places),*]))
    });
    quote_spanned!(site=> #private::Descriptor::of::<#daemon>() #after)
}

/// The constant of one ring, blamed on its first end if the ends do not fit together.
fn ring(wire: &Wire, tree: &Tree, private: &TokenStream) -> TokenStream {
    let Wire { ring, from, to } = wire;
    let (producer, consumer) = (&tree.daemons[*from].path, &tree.daemons[*to].path);
    let (output, input) = (spans::plain_name(&ring.from.field), spans::plain_name(&ring.to.field));
    let (from, to) = (Literal::usize_unsuffixed(*from), Literal::usize_unsuffixed(*to));
    let attempts = ring.attempts;
    let at = ring.from.span();
    spans::located(
        quote_spanned! {at=>
            #private::Ring::new::<#producer, #consumer>((#from, #output), (#to, #input), #attempts)
        },
        at,
    )
}

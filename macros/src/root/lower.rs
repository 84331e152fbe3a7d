//! A tree to a plan: expressions for each part of the constants.

use super::daemons::{Node, last};
use super::rings::End;
use super::subscriptions::Subscription;
use super::validate::{Tree, Wire};
use crate::shared::spans;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Attribute;
use syn::spanned::Spanned;

/// What is to be generated.
pub(super) struct Plan {
    pub(super) private: TokenStream,
    pub(super) name: TokenStream,
    pub(super) mem: Literal,
    /// The literal to blame if the budget is too small.
    pub(super) check: Span,
    pub(super) strategy: Ident,
    pub(super) daemons: Vec<Daemon>,
    pub(super) rings: Vec<Entry>,
    pub(super) subscriptions: Vec<Entry>,
    /// Whether daemons that wait for each other must be looked for while compiling.
    pub(super) conditional: bool,
    pub(super) setup: TokenStream,
}

/// An element of a constant list.
pub(super) struct Entry {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) value: TokenStream,
}

pub(super) struct Daemon {
    /// Where the user lists it.
    pub(super) span: Span,
    /// What numbers it: the variant of an enum, which leaves out what `cfg` does.
    pub(super) place: Ident,
    pub(super) descriptor: Entry,
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
    let daemons = (0..tree.daemons.len()).map(|of| daemon(of, tree, &private)).collect();
    let conditional = |node: &Node| !node.cfgs.is_empty() || node.after.iter().any(|on| !on.cfgs.is_empty());
    Plan {
        name,
        mem: Literal::u64_unsuffixed(tree.mem.value),
        check: tree.mem.span,
        strategy: Ident::new(tree.strategy, site),
        daemons,
        rings: tree.rings.iter().flat_map(|wire| rings(wire, tree, &private)).collect(),
        subscriptions: tree.subscriptions.iter().flat_map(|of| subscriptions(of, tree, &private)).collect(),
        conditional: tree.daemons.iter().any(conditional),
        setup,
        private,
    }
}

/// The name of a daemon's place: its own, and its place in the list, for `cfg` may give two daemons one name.
fn place(of: usize, tree: &Tree) -> Ident {
    let name = last(&tree.daemons[of].path).map_or_else(String::new, spans::plain_name);
    Ident::new(&format!("{name}{of}"), spans::site())
}

fn number(of: usize, tree: &Tree) -> TokenStream {
    let place = place(of, tree);
    quote_spanned!(spans::site()=> __Place::#place as usize)
}

fn daemon(of: usize, tree: &Tree, private: &TokenStream) -> Daemon {
    let (site, node) = (spans::site(), &tree.daemons[of]);
    let path = &node.path;
    let after = (!node.after.is_empty()).then(|| {
        let places = node.after.iter().map(|other| {
            let (cfgs, number) = (&other.cfgs, number(other.on, tree));
            quote_spanned!(site=> #(#cfgs)* { #number })
        });
        quote_spanned!(site=> .after(&[#(#places),*]))
    });
    let value = quote_spanned!(site=> #private::Descriptor::of::<#path>() #after);
    Daemon { span: path.span(), place: place(of, tree), descriptor: Entry { cfgs: node.cfgs.clone(), value } }
}

/// The constants of one ring, blamed on its second end if the ends do not fit together.
fn rings<'a>(wire: &'a Wire, tree: &'a Tree, private: &'a TokenStream) -> impl Iterator<Item = Entry> + 'a {
    let Wire { ring, ends } = wire;
    let site = spans::site();
    let end = move |role: &str, end: &End, of: usize| {
        let (name, at, number) = (spans::plain_name(&end.field), end.field.span(), number(of, tree));
        let role = Ident::new(role, site);
        spans::located(quote_spanned!(site=> #private::End::#role(&DAEMONS, #number, #name)), at)
    };
    ends.iter().map(move |(from, to)| {
        let (output, input) = (end("producer", &ring.from, *from), end("consumer", &ring.to, *to));
        let at = ring.to.field.span();
        let new = spans::located(quote_spanned!(site=> #private::Ring::new), at);
        let none = || quote_spanned!(site=> ::core::option::Option::None);
        let some = |value| quote_spanned!(site=> ::core::option::Option::Some(#value));
        let attempts = ring.attempts.map_or_else(none, |count| some(count.into_token_stream()));
        let when_full = ring.when_full.map_or_else(none, |what| {
            let what = Ident::new(what, site);
            some(quote_spanned!(site=> #private::WhenFull::#what))
        });
        let arguments = quote_spanned!(spans::ours(at)=> (#output, #input, #attempts, #when_full));
        // Where one of its daemons is not, there is no ring.
        let lists = [&ring.cfgs, &tree.daemons[*from].cfgs, &tree.daemons[*to].cfgs];
        Entry {
            cfgs: lists.into_iter().flatten().cloned().collect(),
            value: quote_spanned!(site=> #new #arguments),
        }
    })
}

/// The constants of one subscription: where one of its daemons is not, there is none.
fn subscriptions<'a>(
    of: &'a Subscription,
    tree: &'a Tree,
    private: &'a TokenStream,
) -> impl Iterator<Item = Entry> + 'a {
    of.pairs.iter().map(move |(from, to)| {
        let [subscriber, publisher] = [*from, *to].map(|daemon| number(daemon, tree));
        let lists = [&of.cfgs, &tree.daemons[*from].cfgs, &tree.daemons[*to].cfgs];
        let value = quote_spanned! {spans::site()=>
            #private::Subscription { subscriber: #subscriber, publisher: #publisher }
        };
        Entry { cfgs: lists.into_iter().flatten().cloned().collect(), value }
    })
}

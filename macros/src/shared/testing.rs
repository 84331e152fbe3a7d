//! For the tests of all macros: what was reported, what was generated, and inputs with something wrong.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use std::path::Path;

/// The messages of all `compile_error!`s in `tokens`, without those that stand for the proof of a type: they repeat
/// what was reported, and rustc shows it once.
pub(crate) fn messages(tokens: TokenStream) -> Vec<String> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut messages = Vec::new();
    for (i, tree) in trees.iter().enumerate() {
        let TokenTree::Group(group) = tree else { continue };
        let proof = trees[..i].last().is_some_and(|before| before.to_string() == ",")
            && trees.get(i + 1).is_some_and(|after| after.to_string() == ">");
        if proof {
            continue;
        }
        let reports = i >= 2 && matches!(&trees[i - 2], TokenTree::Ident(ident) if ident == "compile_error");
        match syn::parse2::<syn::LitStr>(group.stream()) {
            Ok(text) if reports => messages.push(text.value()),
            _ => messages.extend(self::messages(group.stream())),
        }
    }
    messages
}

/// Compares `tokens`, formatted, with the file `snapshots/{name}.rs`; with `UPDATE_SNAPSHOTS` set, writes it.
pub(crate) fn snapshot(name: &str, tokens: TokenStream) {
    let file = syn::parse2(tokens).expect("items");
    let text = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(format!("{name}.rs"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "the expansion is not what {} says; if it is right, test again with UPDATE_SNAPSHOTS=1:\n{text}",
        path.display()
    );
}

/// Runs `expand` on every small mutation of `tokens`. It must not panic; that its output is a token stream is
/// given by its type.
pub(crate) fn survives(tokens: &TokenStream, expand: impl Fn(TokenStream)) {
    let inputs = mutations(tokens);
    assert!(inputs.len() > 100, "{} mutations are too few", inputs.len());
    for input in inputs {
        let text = input.to_string();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| expand(input)));
        assert!(outcome.is_ok(), "panicked on: {text}");
    }
}

/// Each token left out, doubled, swapped with the next, replaced; everything after it left out; the same inside
/// of groups, and other delimiters around them.
fn mutations(tokens: &TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let strange: Vec<TokenTree> =
        quote!(, ; = : . & -> "x" 0 -1 'a crate r#type _ impl fn [] ()).into_iter().collect();
    let mut mutations = Vec::new();
    let mut with = |at: usize, left_out: usize, new: Vec<TokenTree>| {
        let mut trees = trees.clone();
        trees.splice(at..(at + left_out).min(trees.len()), new);
        mutations.push(trees.into_iter().collect());
    };
    for (i, tree) in trees.iter().enumerate() {
        with(i, 1, Vec::new());
        with(i, usize::MAX / 2, Vec::new());
        with(i, 0, vec![tree.clone()]);
        if let Some(next) = trees.get(i + 1) {
            with(i, 2, vec![next.clone(), tree.clone()]);
        }
        for other in &strange {
            with(i, 1, vec![other.clone()]);
        }
        let TokenTree::Group(group) = tree else { continue };
        for inner in self::mutations(&group.stream()) {
            with(i, 1, vec![Group::new(group.delimiter(), inner).into()]);
        }
        for delimiter in [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None] {
            with(i, 1, vec![Group::new(delimiter, group.stream()).into()]);
        }
    }
    mutations
}

/// A program's worth of input for each macro: the arguments of an attribute and its item, or all of `root!`.
pub(crate) fn samples() -> Vec<(Macro, TokenStream, TokenStream)> {
    vec![
        (
            Macro::Daemon,
            quote!(
                mem = "4MiB",
                restart = decide,
                validate = checks::whole,
                escalation = stop(17),
                backoff = "5ms"
            ),
            quote! {
                /// Books orders.
                pub struct Ledger {
                    pub orders: Consumer<Order, 256>,
                    #[cfg(feature = "audit")]
                    audit: [u64; 4],
                    #[publish]
                    r#type: u8,
                }
            },
        ),
        (
            Macro::Transaction,
            quote!(timeout = "50ms", retries = 2, backoff = "5ms"),
            quote! {
                /// Books an order.
                pub(crate) fn settle(
                    orders: &mut Consumer<Order, 256>,
                    balance: &Array<u64, 9>,
                    cents: u32,
                    #[arg] name: &str,
                    #[request] id: u64,
                ) -> Result<u64, Refused> {
                    let order = orders.peek().ok_or(Refused::Empty)?;
                    for each in 0..9 { balance.get(each); }
                    Ok(order.total)
                }
            },
        ),
        (
            Macro::Message,
            quote!(crate = runtime),
            quote!(
                pub enum Event {
                    Opened,
                    #[cfg(on)]
                    Booked(Order, u8),
                    Closed {
                        reason: Option<u8>,
                    },
                }
            ),
        ),
        (
            Macro::Plain,
            quote!(crate = runtime),
            quote! {
                #[derive(Debug)]
                #[repr(u8)]
                pub enum AccountState { Open, Frozen = 7, Closed }
            },
        ),
        (
            Macro::Root,
            quote!(),
            quote! {
                mem = "8MiB";
                name = "shop";
                strategy = rest_for_one;
                setup = files::open;
                daemons: [Gateway, shop::Ledger (depends_on = [Gateway])];
                rings: [Gateway.orders -> Ledger.orders (attempts = 3), Ledger.refunds -> Gateway.refunds];
            },
        ),
    ]
}

/// Each macro, to be called by the tests of what all have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    Daemon,
    Transaction,
    Message,
    Plain,
    Root,
}

impl Macro {
    /// What it makes of `item`; `root!` has no arguments.
    pub(crate) fn expand(self, args: TokenStream, item: TokenStream) -> TokenStream {
        match self {
            Self::Daemon => crate::daemon::daemon(args, item),
            Self::Transaction => crate::transaction::transaction(args, item),
            Self::Message => crate::message::message(args, item),
            Self::Plain => crate::plain::plain(args, item),
            Self::Root => crate::root::root(item),
        }
    }
}

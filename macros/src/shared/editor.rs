//! Property: at every token of a program that is being typed, what a macro emits is whole items, and the names that
//! the rest of the file uses are among them. What comes after the cursor is missing, and open groups are closed, as an
//! editor's parser does it before it calls a macro.

use super::testing::{Macro, samples};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Every beginning of `tokens`, the empty one and the whole among them.
fn prefixes(tokens: &TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut prefixes = Vec::new();
    for (i, tree) in trees.iter().enumerate() {
        let before = || trees[..i].iter().cloned();
        prefixes.push(before().collect());
        let TokenTree::Group(group) = tree else { continue };
        for inner in self::prefixes(&group.stream()) {
            prefixes.push(before().chain([Group::new(group.delimiter(), inner).into()]).collect());
        }
    }
    prefixes.push(tokens.clone());
    prefixes
}

/// `tokens` as items; those of a transaction stand in an `impl` block. The body of a function may be half typed, which
/// is the function's matter: it is left out.
fn items(which: Macro, tokens: &TokenStream, body: Option<&str>) -> syn::Result<syn::File> {
    let tokens = without(tokens.clone(), body);
    match which {
        Macro::Transaction => syn::parse2(quote::quote!(impl Ledger { #tokens })),
        _ => syn::parse2(tokens),
    }
}

fn without(tokens: TokenStream, body: Option<&str>) -> TokenStream {
    let tree = |tree| match tree {
        TokenTree::Group(group) => {
            let left_out =
                group.delimiter() == Delimiter::Brace && Some(&*group.stream().to_string()) == body;
            let inner = if left_out { TokenStream::new() } else { without(group.stream(), body) };
            Group::new(group.delimiter(), inner).into()
        }
        tree => tree,
    };
    tokens.into_iter().map(tree).collect()
}

fn body(item: &TokenStream) -> Option<String> {
    match item.clone().into_iter().last() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            Some(group.stream().to_string())
        }
        _ => None,
    }
}

/// What the rest of the file names.
fn names(which: Macro) -> &'static [&'static str] {
    match which {
        Macro::Daemon => &["Ledger", "LedgerMut", "LedgerRef", "State"],
        Macro::Transaction => &["settle", "settle_inline"],
        Macro::Message => &["Event", "Message"],
        Macro::Plain => &["AccountState", "Message"],
        Macro::Root => &["main"],
    }
}

fn has(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => has(&group.stream(), name),
        _ => false,
    })
}

#[track_caller]
fn resolves(which: Macro, tokens: &TokenStream, body: Option<&str>, typed: &TokenStream, names: &[&str]) {
    if let Err(error) = items(which, tokens, body) {
        panic!("{which:?} of `{typed}` emits no items: {error}: {tokens}");
    }
    for name in names {
        assert!(has(tokens, name), "{which:?} of `{typed}` has lost `{name}`: {tokens}");
    }
}

#[test]
fn half_an_attribute() {
    for (which, args, item) in samples().into_iter().filter(|(which, ..)| *which != Macro::Root) {
        let body = (which == Macro::Transaction).then(|| body(&item)).flatten();
        let prefixes = prefixes(&args);
        assert!(prefixes.len() > 3, "{which:?}");
        for typed in prefixes {
            resolves(
                which,
                &which.expand(typed.clone(), item.clone()),
                body.as_deref(),
                &typed,
                names(which),
            );
        }
    }
}

#[test]
fn half_a_tree() {
    let (which, _, tree) = samples().pop().expect("the last is `root!`");
    assert_eq!(which, Macro::Root);
    for typed in prefixes(&tree) {
        resolves(which, &which.expand(TokenStream::new(), typed.clone()), None, &typed, names(which));
    }
}

/// An item that is one for the parser is one with its names afterwards, however much is missing inside of it; and one
/// that is none goes through as it was, so that the parser's error is the only one about it.
#[test]
fn half_an_item() {
    for (which, args, item) in samples().into_iter().filter(|(which, ..)| *which != Macro::Root) {
        let prefixes = prefixes(&item);
        let mut whole = 0;
        for typed in prefixes {
            let body = (which == Macro::Transaction).then(|| body(&typed)).flatten();
            let tokens = which.expand(args.clone(), typed.clone());
            if items(which, &typed, body.as_deref()).is_ok_and(|file| one(&file)) {
                whole += 1;
                // A value that is not plain yet is not said to be.
                let names = if which == Macro::Plain { &names(which)[..1] } else { names(which) };
                resolves(which, &tokens, body.as_deref(), &typed, names);
            } else {
                assert!(
                    tokens.to_string().starts_with(&typed.to_string()),
                    "{which:?} of `{typed}`: {tokens}"
                );
            }
        }
        assert!(whole > 1, "{which:?}: {whole} are whole");
    }
}

/// Whether there is an item at all.
fn one(file: &syn::File) -> bool {
    match file.items.as_slice() {
        [syn::Item::Impl(block)] => block.items.len() == 1,
        items => items.len() == 1,
    }
}

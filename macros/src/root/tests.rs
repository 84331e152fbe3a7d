use super::root;
use crate::shared::testing::{messages, snapshot, survives};
use proc_macro2::TokenStream;
use quote::quote;

fn report(input: TokenStream) -> Vec<String> {
    messages(root(input))
}

fn shop() -> TokenStream {
    quote! {
        mem = "8MiB";
        strategy = one_for_one;
        setup = files::open;
        daemons: [shop::Gateway, Ledger];
        rings: [Gateway.orders -> Ledger.orders (attempts = 5), bank::Ledger.refunds -> Gateway.refunds];
    }
}

#[test]
fn expansion() {
    snapshot("root", root(shop()));
}

#[test]
fn a_tree_in_error_has_a_main() {
    assert!(root(quote!()).to_string().starts_with("fn main () { }"));
    assert_eq!(report(quote!()).len(), 2);
}

#[test]
fn mistakes() {
    for (input, start) in [
        (quote!(daemons: [A];), "section `mem` is missing"),
        (quote!(mem = "1MiB";), "section `daemons` is missing"),
        (quote!(mem = "1MiB"; daemons: [];), "no daemon is listed"),
        (quote!(mem = "1MiB"; daemons: [A, A];), "this daemon is listed twice"),
        (quote!(mem = "1MiB"; daemons: [a::A, b::A];), "another daemon has this name too"),
        (quote!(mem = "1MiB"; daemons: [A B];), "expected the path of a daemon"),
        (quote!(mem = "1MiB"; daemons: A;), "section `daemons`: expected a list"),
        (quote!(mem = "1MiB"; demons: [A]; daemons: [A];), "no section `demons`; did you mean `daemons`?"),
        (quote!(mem = "1MiB"; daemons: [A]; mem = "1MiB";), "section `mem` is given twice"),
        (quote!(mem = "1MiB" daemons: [A];), "expected `;` before `daemons`"),
        (quote!(mem = "1MiB"; daemons: [A];;), "expected a section before this `;`"),
        (quote!(mem = "1MiB"; daemons: [A]; strategy = all;), "wrong value for `strategy`"),
        (quote!(mem = "1MiB"; daemons: [A]; name = "";), "a name has 1 to 32"),
        (quote!(mem = "1MiB"; daemons: [A]; setup = "x";), "wrong value for `setup`"),
    ] {
        let messages = report(input);
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{messages:?}");
    }
}

#[test]
fn mistakes_in_rings() {
    for (ring, start) in [
        (quote!(Gatewy.a -> Ledger.a), "no daemon `Gatewy` in `daemons`; did you mean `Gateway`?"),
        (quote!(Ledger.a -> Ledger.b), "a ring connects two daemons"),
        (quote!(Gateway.a -> Ledger.a, Gateway.a -> Ledger.b), "`Gateway.a` is an end of another ring"),
        (quote!(Gateway.a <- Ledger.a), "messages flow to the right"),
        (quote!(Gateway -> Ledger.a), "expected the field of `Gateway`"),
        (quote!(Gateway.a, Ledger.a), "expected `->`"),
        (quote!(Gateway.a -> Ledger.a attempts = 3), "expected `,` or `(attempts = 3)`"),
        (quote!(Gateway.a -> Ledger.a (attempts = 0)), "`attempts` is 0"),
        (quote!(Gateway.a -> Ledger.a (tries = 1)), "no option `tries`"),
    ] {
        let messages = report(quote!(mem = "1MiB"; daemons: [Gateway, Ledger]; rings: [#ring];));
        assert!(!messages.is_empty() && messages[0].starts_with(start), "{messages:?}");
    }
}

#[test]
fn nothing_panics() {
    survives(&shop(), |input| drop(root(input)));
}

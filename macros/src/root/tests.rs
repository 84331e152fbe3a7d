use super::root;
use crate::shared::testing::{messages, snapshot, survives};
use proc_macro2::TokenStream;
use quote::quote;

fn report(input: TokenStream) -> Vec<String> {
    messages(root(input))
}

/// The one message of a tree without mistakes, for another profile.
const SOUND: &str = "a panic must unwind";

fn shop() -> TokenStream {
    quote! {
        mem = "8MiB";
        strategy = rest_for_one;
        setup = files::open;
        daemons: [shop::Gateway, Ledger (depends_on = [Gateway]), Clock (depends_on = [])];
        rings: [
            Gateway.orders -> [Ledger.orders, Clock.orders] (attempts = 5, full = drop_oldest),
            bank::Ledger.refunds -> Gateway.refunds,
        ];
        subscriptions: [Clock -> Ledger];
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
        (quote!(mem = "1MiB"; daemons: [A B];), "expected `,` or `(depends_on = [Gateway])`"),
        (quote!(mem = "1MiB"; daemons: ["A"];), "expected the path of a daemon"),
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
        (quote!(Gateway.a -> Ledger.a, Gateway.b -> Ledger.a), "`Ledger.a` is an end of another ring"),
        (quote!(Gateway.a -> [Ledger.a, Ledger.a]), "`Ledger.a` is an end of another ring"),
        (quote!(Gateway.a -> []), "a ring without consumers: name them, such as `[Ledger.orders]`"),
        (quote!(Gateway.a -> [Ledger]), "expected the field of `Ledger`"),
        (quote!(Gateway.a -> Ledger.a (full = block)), "wrong value for `full`: expected one of"),
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
fn mistakes_in_dependencies() {
    for (daemons, starts) in [
        (quote!(A, B(depends_on = [])), &[SOUND][..]),
        (quote!(A(depends_on = [B, c::C]), B(depends_on = [C]), C), &[SOUND]),
        (
            quote!(Ledger, B(depends_on = [Leger])),
            &["no daemon `Leger` in `daemons`; did you mean `Ledger`?"],
        ),
        (quote!(A(depends_on = [A])), &["`A` depends on itself"]),
        (quote!(A, B(depends_on = [A, A])), &["`A` is in this list twice"]),
        (quote!(A, B(depends_on = A)), &["wrong value for `depends_on`"]),
        (quote!(A, B(depends_on = ["A"])), &["expected a daemon of the list"]),
        (quote!(A, B(after = [A])), &["no option `after`"]),
        (quote!(A, B[A]), &["expected `,` or `(depends_on = [Gateway])`"]),
    ] {
        let messages = report(quote!(mem = "1MiB"; daemons: [#daemons];));
        assert_eq!(messages.len(), starts.len(), "{messages:?}");
        assert!(
            messages.iter().zip(starts).all(|(message, start)| message.starts_with(start)),
            "{messages:?}"
        );
    }
}

#[test]
fn each_circle_of_dependencies_is_one_error() {
    for (daemons, circles) in [
        (quote!(A(depends_on = [B]), B(depends_on = [A])), &["A -> B -> A"][..]),
        (
            quote!(D(depends_on = [C]), C(depends_on = [A]), B(depends_on = [C, A]), A(depends_on = [B])),
            &["C -> A -> B -> C"],
        ),
        (
            quote!(A(depends_on = [B]), B(depends_on = [A]), C(depends_on = [D]), D(depends_on = [A, C])),
            &["A -> B -> A", "C -> D -> C"],
        ),
    ] {
        let messages = report(quote!(mem = "1MiB"; daemons: [#daemons];));
        assert_eq!(messages.len(), circles.len(), "{messages:?}");
        for (message, circle) in messages.iter().zip(circles) {
            assert!(message.contains(&format!("could start: {circle};")), "{message}");
        }
    }
}

#[test]
fn entries_under_cfg_may_contradict_each_other() {
    for (daemons, rings) in [
        (
            quote!(
                #[cfg(x)]
                a::A,
                #[cfg(not(x))]
                b::A,
                B
            ),
            quote!(A.a -> B.a),
        ),
        (
            quote!(
                #[cfg_attr(x, cfg(y))]
                A,
                A,
                B
            ),
            quote!(A.a -> B.a),
        ),
        (quote!(A, B), quote!(#[cfg(x)] A.a -> B.a, #[cfg(not(x))] A.a -> B.b)),
        (
            quote!(
                A(depends_on = [
                    #[cfg(x)]
                    B
                ]),
                B(depends_on = [A])
            ),
            quote!(A.a -> B.a),
        ),
        (
            quote!(
                A,
                B(depends_on = [
                    #[cfg(x)]
                    A,
                    #[cfg(not(x))]
                    A
                ])
            ),
            quote!(),
        ),
    ] {
        let messages = report(quote!(mem = "1MiB"; daemons: [#daemons]; rings: [#rings];));
        assert!(messages.len() == 1 && messages[0].starts_with(SOUND), "{messages:?}");
    }
    let messages = report(quote!(mem = "1MiB"; daemons: [#[inline] A, #[cfg(x)] B]; rings: [A.a -> C.a];));
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("only `cfg` may stand on an entry"), "{messages:?}");
    assert!(messages[1].starts_with("no daemon `C` in `daemons`"), "{messages:?}");
}

#[test]
fn a_ring_goes_with_each_of_its_daemons() {
    let tokens = root(quote! {
        mem = "1MiB";
        daemons: [#[cfg(x)] a::A, #[cfg(not(x))] b::A, B];
        rings: [#[cfg(y)] A.a -> B.a];
    });
    let text = tokens.to_string();
    for (cfg, place) in [("(x)", "A0"), ("(not (x))", "A1")] {
        let ring = format!("# [cfg (y)] # [cfg {cfg}] :: perennial :: __private :: Ring");
        let end = format!("producer (& DAEMONS , __Place :: {place} as usize");
        assert!(text.contains(&ring) && text.contains(&end), "{text}");
    }
    assert!(text.contains("Ring ; < [()] > :: len"), "{text}");
}

#[test]
fn nothing_panics() {
    survives(&shop(), |input| drop(root(input)));
    let conditional = quote! {
        mem = "8MiB";
        daemons: [#[cfg(x)] a::A, #[cfg(not(x))] b::A, B (depends_on = [#[cfg(x)] A])];
        rings: [#[cfg(y)] A.a -> B.a];
    };
    survives(&conditional, |input| drop(root(input)));
}

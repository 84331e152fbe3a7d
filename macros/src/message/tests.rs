use super::message;
use crate::shared::testing::{messages, snapshot, survives};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

fn report(item: TokenStream) -> Vec<String> {
    messages(message(quote!(), item))
}

fn order() -> TokenStream {
    quote! {
        #[derive(Debug)]
        pub struct Order { account: u32, #[cfg(feature = "audit")] by: Name, r#type: [u8; 2] }
    }
}

fn event() -> TokenStream {
    quote! {
        enum Event { Opened, #[cfg(feature = "audit")] Booked(Order, u8), Closed { reason: Option<u8> } }
    }
}

#[test]
fn expansion() {
    let (order, event) = (message(quote!(), order()), message(quote!(crate = runtime), event()));
    let never = message(
        quote!(),
        quote!(
            enum Never {}
        ),
    );
    snapshot("message", quote!(#order #event #never));
}

#[test]
fn the_item_stays_as_written() {
    for item in [
        order(),
        event(),
        quote!(union A { a: u8 }),
        quote!(
            fn a() {}
        ),
    ] {
        assert!(message(quote!(), item.clone()).to_string().starts_with(&item.to_string()));
    }
}

#[test]
fn mistakes() {
    for (item, start) in [
        (
            quote!(
                struct A<T>(T);
            ),
            "a message cannot be generic",
        ),
        (quote!(union A { a: u8 }), "a union has no encoding"),
        (
            quote!(
                fn a() {}
            ),
            "`#[message]` goes on a struct or an enum",
        ),
        (
            quote!(
                #[plain]
                struct A;
            ),
            "`#[plain]` makes this a message already",
        ),
        (
            quote!(
                #[message]
                struct A;
            ),
            "`#[message]` is given twice",
        ),
        (
            quote!(
                struct A(#[cfg(a)] u8);
            ),
            "a field without a name cannot depend on `cfg`",
        ),
    ] {
        let messages = report(item);
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{messages:?}");
    }
}

#[test]
fn a_byte_counts_the_variants() {
    let variants = |count: usize| {
        let names = (0..count).map(|i| format_ident!("V{i}"));
        quote!(enum A { #(#names),* })
    };
    assert!(report(variants(256)).is_empty());
    assert_eq!(
        report(variants(257)),
        ["a message has at most 256 variants and this enum has 257: put some into an enum of their own"]
    );
}

#[test]
fn nothing_panics() {
    survives(&order(), |item| drop(message(quote!(), item)));
    survives(&event(), |item| drop(message(quote!(crate = a), item)));
}

use super::plain;
use crate::shared::testing::{messages, snapshot, survives};
use proc_macro2::TokenStream;
use quote::quote;

fn report(item: TokenStream) -> Vec<String> {
    messages(plain(quote!(), item))
}

fn account() -> TokenStream {
    quote! {
        #[derive(Debug, Clone)]
        pub struct Account { pub cents: i64, owner: [u8; 8] }
    }
}

fn state() -> TokenStream {
    quote! {
        #[repr(u16)]
        enum State { Open = 1, Closed = 0, Other }
    }
}

#[test]
fn expansion() {
    let (account, state) = (plain(quote!(), account()), plain(quote!(crate = runtime), state()));
    snapshot("plain", quote!(#account #state));
}

#[test]
fn zero_must_be_a_value() {
    for item in [
        quote!(
            enum A {
                B,
                C,
            }
        ),
        quote!(
            enum A {
                B = 5,
                C = 0,
            }
        ),
        quote!(
            enum A {
                B = -1,
                C,
            }
        ),
        quote!(
            enum A {
                B = 0x00,
            }
        ),
        quote!(
            enum A {
                B = X as isize,
            }
        ),
    ] {
        assert!(report(item.clone()).is_empty(), "{item}");
    }
    for item in [
        quote!(
            enum A {
                B = 1,
                C,
            }
        ),
        quote!(
            enum A {
                B = -2,
                C = 7,
            }
        ),
    ] {
        let messages = report(item);
        assert!(messages.len() == 1 && messages[0].contains("such as `B = 0`"), "{messages:?}");
    }
}

#[test]
fn mistakes() {
    for (item, start) in [
        (
            quote!(
                struct A<T>(T);
            ),
            "a plain type cannot be generic",
        ),
        (quote!(union A { a: u8 }), "a union cannot be plain"),
        (
            quote!(
                enum A {}
            ),
            "an enum without variants has no value",
        ),
        (
            quote!(
                enum A {
                    B(u8),
                }
            ),
            "a plain enum has no data",
        ),
        (
            quote!(
                #[message]
                struct A;
            ),
            "`#[plain]` makes this a message already",
        ),
        (
            quote!(
                #[derive(Debug, z::FromBytes)]
                struct A;
            ),
            "`#[plain]` derives `z::FromBytes` already",
        ),
        (
            quote!(
                mod a {}
            ),
            "`#[plain]` goes on a struct or on an enum without data",
        ),
    ] {
        let messages = report(item);
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{messages:?}");
    }
}

#[test]
fn nothing_panics() {
    survives(&account(), |item| drop(plain(quote!(), item)));
    survives(&state(), |item| drop(plain(quote!(), item)));
}

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
fn zero_must_be_a_value_whatever_is_configured() {
    let report = |variants: TokenStream| report(quote!(enum A { #variants }));
    for variants in [
        quote!(
            #[cfg(a)]
            B,
            C
        ),
        quote!(
            #[cfg(a)]
            B = 7,
            C
        ),
        quote!(
            B = 1,
            #[cfg(a)]
            C,
            D = 0
        ),
        quote!(
            B = 1,
            #[cfg(a)]
            C = X as u8,
            D
        ),
        quote!(
            B = -1,
            C,
            #[cfg(a)]
            D
        ),
        quote!(
            B = -1,
            #[cfg(a)]
            C,
            D
        ),
    ] {
        assert!(report(variants.clone()).is_empty(), "{variants}");
    }
    for variants in [
        quote!(
            #[cfg(a)]
            B = 0,
            C = 4
        ),
        quote!(
            B = 3,
            #[cfg_attr(a, cfg(b))]
            C = 0
        ),
        quote!(
            #[cfg(a)]
            B
        ),
    ] {
        let messages = report(variants);
        assert!(
            messages.len() == 1 && messages[0].contains("is 0 but is not there in this configuration"),
            "{messages:?}"
        );
    }
    let messages = report(quote!(
        #[cfg(a)]
        B = 7,
        C = 8
    ));
    assert!(messages.len() == 1 && messages[0].starts_with("no variant is 0"), "{messages:?}");
}

#[test]
fn a_type_that_does_not_fit_has_no_traits_to_ask_for() {
    let tokens = plain(
        quote!(),
        quote!(
            struct A {
                b: u8,
                c: Vec<u8>,
                d: &'static str,
            }
        ),
    );
    assert_eq!(messages(tokens.clone()).len(), 2);
    let text = tokens.to_string().replace(' ', "");
    assert!(text.contains("Proved<Vec<u8>,{::core::compile_error!"), "{text}");
    assert!(text.contains("Proved<(),{::core::compile_error!"), "{text}");
}

#[test]
fn documentation_shows_a_type_as_written() {
    let text = plain(
        quote!(),
        quote!(
            struct A(B, u8);
        ),
    )
    .to_string()
    .replace(' ', "");
    assert!(text.contains("(#[cfg(not(doc))]::perennial::__private::Proved<B,"), "{text}");
    assert!(text.contains("#[cfg(doc)]B,u8)"), "{text}");
}

#[test]
fn the_layout_that_repr_asks_for_is_proved() {
    for (repr, numbers) in [
        (quote!(C), Some("],0usize,0usize)")),
        (quote!(C, packed(2)), Some("],2usize,0usize)")),
        (quote!(align(16), C), Some("],0usize,16usize)")),
        (quote!(C, packed), None),
    ] {
        let text = plain(
            quote!(),
            quote!(
                #[repr(#repr)]
                struct A(u8, u8);
            ),
        )
        .to_string()
        .replace(' ', "");
        assert_eq!(text.contains("Outline"), numbers.is_some(), "{text}");
        assert!(numbers.is_none_or(|numbers| text.contains(numbers)), "{text}");
    }
}

#[test]
fn nothing_panics() {
    survives(&account(), |item| drop(plain(quote!(), item)));
    survives(&state(), |item| drop(plain(quote!(), item)));
    let fields = quote! {
        #[repr(C, packed(2), align(4))]
        struct A { #[cfg(b)] c: Vec<Option<&'static [u8]>>, d: [std::x::B<usize>; 3], e: (HashMap<u8, u8>, fn(u8)) }
    };
    survives(&fields, |item| drop(plain(quote!(), item)));
}

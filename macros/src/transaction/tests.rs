use super::transaction;
use crate::shared::testing::{messages, snapshot, survives};
use proc_macro2::TokenStream;
use quote::quote;

fn report(item: TokenStream) -> Vec<String> {
    messages(transaction(quote!(), item))
}

fn settle() -> TokenStream {
    quote! {
        /// Books an order.
        #[must_use]
        #[inline]
        pub(crate) fn settle(
            orders: &mut Consumer<Order, 256>,
            #[cfg(feature = "audit")] balance: &Array<u64, 9>,
            mut cents: u32,
            #[arg] name: &str,
            #[request] id: u64,
        ) -> Result<(), Refused> {
            cents += 1;
            Ok(())
        }
    }
}

#[test]
fn expansion() {
    let plain = transaction(quote!(timeout = "50ms", retries = 2, backoff = "5ms"), settle());
    let alias = transaction(
        quote!(crate = runtime),
        quote!(
            fn read<'a>(total: &u64, #[arg] a: &'a str) -> Answer {
                Ok(*total)
            }
        ),
    );
    snapshot("transaction", quote!(impl Ledger { #plain #alias }));
}

#[test]
fn expansion_of_an_error() {
    let stub = transaction(
        quote!(),
        quote!(
            pub async fn add(&self, total: &mut u64, by: u8) -> Result<u8, Refused> {
                1
            }
        ),
    );
    snapshot("transaction_stub", quote!(impl Ledger { #stub }));
}

#[test]
fn all_mistakes_at_once() {
    let messages = report(quote! {
        const unsafe fn add<T>(self, (a, b): (u8, u8), total: &'static mut u64, by: impl Sized) -> u64 { 0 }
    });
    let starts = [
        "a transaction cannot be `const`",
        "a transaction cannot be `unsafe`",
        "a transaction cannot be generic over the type `T`",
        "a transaction has no `self`",
        "a parameter of a transaction is a plain name",
        "`total` borrows a field",
        "a transaction cannot take `impl Trait`",
        "a transaction cannot return `u64`",
    ];
    assert_eq!(messages.len(), starts.len(), "{messages:#?}");
    for (message, start) in messages.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn a_wrong_option_leaves_the_function_whole() {
    let tokens = transaction(quote!(timeuot = "1s"), settle());
    assert!(tokens.to_string().contains("cents += 1"));
    assert_eq!(
        messages(tokens),
        ["no option `timeuot`; did you mean `timeout`? (options: `timeout`, `retries`, `backoff`, `crate`)"]
    );
}

#[test]
fn results_are_recognised() {
    for ty in
        [quote!(Result<(), E>), quote!(std::result::Result<u8, E>), quote!(Answer), quote!(io::Result<u8>)]
    {
        assert!(report(quote!(fn a() -> #ty { x })).is_empty(), "{ty}");
    }
    for ty in [quote!(()), quote!((u8, u8)), quote!(&u8), quote!(!), quote!(bool), quote!(Option<u8>)] {
        assert_eq!(report(quote!(fn a() -> #ty { x })).len(), 1, "{ty}");
    }
}

#[test]
fn what_is_never_a_field_must_be_marked() {
    for ty in [quote!(&str), quote!(&mut [u8]), quote!(&(dyn Fn() + Send))] {
        let messages = report(quote!(fn a(b: #ty) -> Answer { x }));
        assert!(messages.len() == 1 && messages[0].ends_with("write `#[arg] b`"), "{messages:?}");
        assert!(report(quote!(fn a(#[arg] b: #ty) -> Answer { x })).is_empty(), "{ty}");
    }
}

#[test]
fn other_items_are_named() {
    for (item, what) in [
        (
            quote!(
                struct A;
            ),
            "a struct",
        ),
        (quote!(impl A {}), "the `impl` block itself"),
        (
            quote!(
                pub unsafe trait A {}
            ),
            "a trait",
        ),
        (
            quote!(
                const A: u8 = 1;
            ),
            "a constant",
        ),
    ] {
        let messages = report(item);
        assert!(messages.len() == 1 && messages[0].ends_with(&format!("not on {what}")), "{messages:?}");
    }
}

#[test]
fn nothing_panics() {
    let args = quote!(timeout = "50ms", retries = 2, crate = a::b);
    survives(&args, |args| drop(transaction(args, settle())));
    survives(&settle(), |item| drop(transaction(quote!(), item)));
    let strange = quote!(
        unsafe extern "C" fn a<'a, T: 'a, const N: usize>(&mut self, ref b @ 1: impl X, ...) -> <A as B>::C
        where
            T: X;
    );
    survives(&strange, |item| drop(transaction(quote!(), item)));
}

#[test]
fn a_result_has_a_size() {
    for (ty, what) in [(quote!(Result<str, ()>), "a `str`"), (quote!(Result<(), [u8]>), "a slice")] {
        let messages = report(quote!(fn a() -> #ty { x }));
        assert!(messages.len() == 1 && messages[0].starts_with(what), "{messages:?}");
    }
}

#[test]
fn a_backoff_needs_retries() {
    let report = |args| messages(transaction(args, settle()));
    for args in [quote!(backoff = "1ms"), quote!(retries = 0, backoff = "1ms")] {
        assert!(report(args)[0].contains("add `retries = 2`"));
    }
    assert!(report(quote!(retries = 1, backoff = "1ms")).is_empty());
    assert_eq!(report(quote!(retries = no, backoff = "1ms")).len(), 1, "the wrong value alone");
}

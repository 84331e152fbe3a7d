use super::daemon;
use crate::shared::testing::{messages, snapshot, survives};
use proc_macro2::TokenStream;
use quote::quote;

fn report(args: TokenStream, item: TokenStream) -> Vec<String> {
    messages(daemon(args, item))
}

fn ledger() -> TokenStream {
    quote! {
        /// Books orders.
        #[allow(unused)]
        pub struct Ledger {
            /// What comes in.
            pub orders: Consumer<Order, 256>,
            #[cfg(feature = "audit")]
            audit: [u64; 4],
            r#type: u8,
        }
    }
}

#[test]
fn expansion() {
    let args = quote!(
        mem = "4MiB",
        heap = "64KiB",
        restart = reset,
        kind = transient,
        max_restarts = 3,
        backoff = "5ms"
    );
    snapshot("daemon", daemon(args, ledger()));
}

#[test]
fn a_daemon_without_state() {
    assert!(
        report(
            quote!(mem = "1MiB"),
            quote!(
                struct Idle;
            )
        )
        .is_empty()
    );
    assert!(
        report(
            quote!(mem = "1MiB"),
            quote!(
                struct Idle {}
            )
        )
        .is_empty()
    );
}

#[test]
fn all_mistakes_at_once() {
    let item = quote! {
        #[derive(Debug)]
        struct Ledger { name: &'static str, next: *mut u8, #[serde(skip)] total: u64 }
    };
    let messages = report(quote!(men = "4MiB", restart = on), item);
    let starts = [
        "no option `men`; did you mean `mem`?",
        "daemon `Ledger` needs a ceiling for its memory",
        "wrong value for `restart`: expected one of `resume`, `reset`",
        "a daemon's struct is only a name",
        "a field of a daemon lies in shared memory",
        "a field of a daemon lies in shared memory",
        "only documentation, `cfg` and lint levels",
    ];
    assert_eq!(messages.len(), starts.len(), "{messages:#?}");
    for (message, start) in messages.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn one_mistake_is_one_error() {
    for args in
        [quote!(mem), quote!(mem =), quote!(mem("4MiB")), quote!(mem = 4), quote!(mem = "4MB"), quote!()]
    {
        let messages = report(args, ledger());
        assert_eq!(messages.len(), 1, "{messages:#?}");
    }
}

#[test]
fn pointers_are_found_where_they_hide() {
    for ty in
        [quote!([&'static u8; 2]), quote!(Option<*const u8>), quote!((u8, fn())), quote!(Array<dyn A, 2>)]
    {
        assert_eq!(report(quote!(mem = "1MiB"), quote!(struct A { field: #ty })).len(), 1, "{ty}");
    }
    for ty in [quote!([u8; { 7 & 3 }]), quote!([u8; A * B]), quote!(Array<function, 2>)] {
        assert!(report(quote!(mem = "1MiB"), quote!(struct A { field: #ty })).is_empty(), "{ty}");
    }
}

#[test]
fn an_item_that_is_no_struct_stays() {
    let item = quote!(
        enum Ledger {
            A,
        }
    );
    let tokens = daemon(quote!(mem = "4MiB"), item.clone());
    assert!(tokens.to_string().starts_with(&item.to_string()));
    assert_eq!(messages(tokens).len(), 1);
}

#[test]
fn nothing_panics() {
    let args = quote!(mem = "4MiB", heap = "64KiB", restart = reset, within = "1s", crate = a::b);
    survives(&args, |args| drop(daemon(args, ledger())));
    survives(&ledger(), |item| drop(daemon(quote!(mem = "4MiB"), item)));
}

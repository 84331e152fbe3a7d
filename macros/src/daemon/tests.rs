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
            #[publish]
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
        restart = decide,
        rollbacks = 4,
        validate = checks::whole,
        kind = transient,
        max_restarts = 3,
        escalation = stop(17),
        backoff = "5ms",
        watchdog = "2s"
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
        "wrong value for `restart`: expected one of `resume`, `reset`, `decide`",
        "a daemon's struct is only a name",
        "a field of a daemon lies in shared memory",
        "a field of a daemon lies in shared memory",
        "only documentation, `publish`, `cfg` and lint levels",
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
fn values_that_make_no_sense() {
    for (args, start) in [
        (quote!(restart = decides), "wrong value for `restart`"),
        (quote!(validate = "check"), "wrong value for `validate`"),
        (quote!(validate = |_| Ok(())), "wrong value for `validate`"),
        (quote!(resumes = "3"), "wrong value for `resumes`"),
        (quote!(rollbacks = -1), "wrong value for `rollbacks`"),
        (quote!(escalation = abandn), "wrong value for `escalation`"),
        (quote!(escalation = "reset"), "wrong value for `escalation`"),
        (quote!(escalation = reset(3)), "wrong value for `escalation`"),
        (quote!(escalation = stop[3]), "wrong value for `escalation`"),
        (quote!(escalation = stop()), "`escalation = stop(…)` takes an exit code"),
        (quote!(escalation = stop(256)), "`escalation = stop(…)` takes an exit code"),
        (quote!(escalation = stop(-1)), "`escalation = stop(…)` takes an exit code"),
        (quote!(escalation = stop(1u16)), "`escalation = stop(…)` takes an exit code"),
        (quote!(healthy_after = "0s"), "`healthy_after` is zero"),
        (quote!(watchdog = "0ms"), "`watchdog` is zero"),
        (quote!(start_timeout = "0s"), "`start_timeout` is zero"),
        (quote!(max_backoff = "30"), "`max_backoff`: \"30\" has no unit"),
    ] {
        let messages = report(quote!(mem = "1MiB", #args), ledger());
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{messages:?}");
    }
    for args in [
        quote!(escalation = stop),
        quote!(escalation = stop(0)),
        quote!(escalation = stop(255)),
        quote!(escalation = reset, resumes = 0, rollbacks = 0),
        quote!(validate = Self::check, restart = decide, resumes = 1),
    ] {
        assert!(report(quote!(mem = "1MiB", #args), ledger()).is_empty(), "{args}");
    }
}

#[test]
fn options_that_contradict_each_other() {
    for (args, start) in [
        (quote!(restart = reset, resumes = 1), "`resumes` has no effect with `restart = reset`"),
        (quote!(restart = reset, rollbacks = 1, resumes = 0), "`resumes`, `rollbacks` have no effect with"),
        (quote!(kind = temporary, escalation = stop), "`escalation` has no effect with `kind = temporary`"),
        (quote!(kind = temporary, restart = reset, resumes = 1), "`restart`, `resumes` have no effect with"),
        (quote!(backoff = "2s", max_backoff = "1s"), "`backoff`, the first wait, is longer"),
        (quote!(backoff = "31s"), "`backoff`, the first wait, is longer"),
        (quote!(max_backoff = "9ms"), "`max_backoff`, the longest wait, is shorter"),
    ] {
        let messages = report(quote!(mem = "1MiB", #args), ledger());
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{messages:?}");
    }
    for args in [
        quote!(backoff = "30s"),
        quote!(max_backoff = "10ms"),
        quote!(backoff = "0s", max_backoff = "0s"),
        quote!(backoff = "1m", max_backoff = "1m"),
        quote!(
            kind = temporary,
            stop_timeout = "1s",
            watchdog = "1s",
            start_timeout = "1s",
            validate = check
        ),
    ] {
        assert!(report(quote!(mem = "1MiB", #args), ledger()).is_empty(), "{args}");
    }
}

#[test]
fn defaults_are_those_of_the_runtime() {
    let defaults = perennial::state::Options::new(0);
    assert_eq!(defaults.backoff.as_nanos(), super::conflicts::BACKOFF.into());
    assert_eq!(defaults.max_backoff.as_nanos(), super::conflicts::MAX_BACKOFF.into());
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
    let args = quote! {
        mem = "4MiB", restart = decide, validate = a::check, escalation = stop(17), resumes = 1, within = "1s",
        watchdog = "2s", crate = a::b
    };
    survives(&args, |args| drop(daemon(args, ledger())));
    survives(&ledger(), |item| drop(daemon(quote!(mem = "4MiB"), item)));
}

//! A plan to tokens.

use super::lower::{Daemon, Entry, Plan};
use crate::shared::spans;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote_spanned};

pub(super) fn expand(plan: &Plan) -> TokenStream {
    [unwinding(), heap(plan), main(plan)].into_iter().collect()
}

/// A failed transaction unwinds to where it is reported.
fn unwinding() -> TokenStream {
    let message =
        "a panic must unwind to be reported and contained: remove `panic = \"abort\"` from the profile";
    quote_spanned! {spans::site()=>
        #[cfg(panic = "abort")]
        ::core::compile_error!(#message);
    }
}

/// What the final binary defines for Rust and C alike: the allocator (the system's until the seal, the budget after
/// it), and how signal handlers are installed.
fn heap(plan: &Plan) -> TokenStream {
    let private = &plan.private;
    quote_spanned! {spans::site()=>
        const _: () = {
            #[global_allocator]
            static HEAP: #private::Heap = #private::Heap::new();
            #private::c_heap!();
            #private::c_signals!();
        };
    }
}

/// The tree as constants; what is wrong with it is found in one of them, so that one mistake is one error.
fn main(plan: &Plan) -> TokenStream {
    let Plan { private, name, mem, strategy, setup, .. } = plan;
    let main = main_name();
    let items = [places(plan), daemons(plan), rings(plan), subscriptions(plan), budget(plan)];
    quote_spanned! {spans::site()=>
        fn #main() -> ::std::process::ExitCode {
            #(#items)*
            static TREE: #private::Tree = #private::Tree {
                name: #name,
                mem: #mem,
                strategy: #private::Strategy::#strategy,
                daemons: &DAEMONS,
                rings: &RINGS,
                subscriptions: &SUBSCRIPTIONS,
                setup: #setup,
            };
            #private::main(&TREE)
        }
    }
}

/// Numbers the daemons that there are.
fn places(plan: &Plan) -> TokenStream {
    let places = plan.daemons.iter().map(|daemon| {
        let (cfgs, place) = (&daemon.descriptor.cfgs, &daemon.place);
        quote_spanned!(spans::site()=> #(#cfgs)* #place)
    });
    quote_spanned! {spans::site()=>
        #[repr(usize)]
        enum __Place { #(#places),* }
    }
}

/// A constant list, and its length.
fn list<'a>(entries: impl Iterator<Item = &'a Entry> + Clone) -> (TokenStream, TokenStream) {
    let site = spans::site();
    let elements = entries.clone().map(|Entry { cfgs, value }| quote_spanned!(site=> #(#cfgs)* #value));
    let conditional = entries.clone().any(|entry| !entry.cfgs.is_empty());
    let length = if conditional {
        let units = entries.map(|Entry { cfgs, .. }| quote_spanned!(site=> #(#cfgs)* ()));
        quote_spanned!(site=> <[()]>::len(&[#(#units),*]))
    } else {
        Literal::usize_unsuffixed(entries.count()).into_token_stream()
    };
    (quote_spanned!(site=> [#(#elements),*]), length)
}

/// A call for each daemon, at the place where it is listed.
fn each(plan: &Plan, check: &str, arguments: &TokenStream) -> TokenStream {
    let (private, check) = (&plan.private, Ident::new(check, spans::site()));
    let calls = plan.daemons.iter().map(|Daemon { span, place, descriptor }| {
        let cfgs = &descriptor.cfgs;
        let call = spans::located(quote_spanned!(*span=> #private::#check), *span);
        let arguments = quote_spanned!(spans::ours(*span)=> (#arguments, __Place::#place as usize));
        quote_spanned!(spans::site()=> #(#cfgs)* #call #arguments;)
    });
    calls.collect()
}

/// The daemons, of which nothing is checked yet: what refers to a constant in error would be in error too.
fn daemons(plan: &Plan) -> TokenStream {
    let private = &plan.private;
    let (daemons, length) = list(plan.daemons.iter().map(|daemon| &daemon.descriptor));
    quote_spanned!(spans::site()=> static DAEMONS: [#private::Descriptor; #length] = #daemons;)
}

fn rings(plan: &Plan) -> TokenStream {
    let (site, private) = (spans::site(), &plan.private);
    let (rings, length) = list(plan.rings.iter());
    let daemons = each(plan, "check_daemon", &quote_spanned!(site=> &DAEMONS));
    let order = plan.conditional.then(|| each(plan, "check_order", &quote_spanned!(site=> &DAEMONS)));
    let wires = each(plan, "check_wires", &quote_spanned!(site=> &DAEMONS, &rings));
    quote_spanned! {site=>
        static RINGS: [#private::Ring; #length] = {
            #daemons
            #order
            let rings = #rings;
            #wires
            rings
        };
    }
}

fn subscriptions(plan: &Plan) -> TokenStream {
    let private = &plan.private;
    let (subscriptions, length) = list(plan.subscriptions.iter());
    quote_spanned!(spans::site()=> static SUBSCRIPTIONS: [#private::Subscription; #length] = #subscriptions;)
}

/// The root's budget, checked where `mem` is written.
fn budget(plan: &Plan) -> TokenStream {
    let Plan { private, mem, check, .. } = plan;
    let fits = spans::located(quote_spanned!(*check=> #private::root_fits), *check);
    let fits = quote_spanned!(spans::ours(*check)=> #fits(#mem, &DAEMONS));
    quote_spanned!(spans::site()=> const _: () = #fits;)
}

/// A `main` for a tree in error, so that rustc does not miss one.
pub(super) fn stub() -> TokenStream {
    let main = main_name();
    quote_spanned!(spans::site()=> fn #main() {})
}

fn main_name() -> Ident {
    Ident::new("main", spans::site())
}

//! A plan to tokens.

use super::lower::Plan;
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

pub(super) fn expand(plan: &Plan) -> TokenStream {
    [unwinding(), heap(plan), main(plan), check(plan)].into_iter().collect()
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

fn main(plan: &Plan) -> TokenStream {
    let Plan { private, name, mem, strategy, descriptors, rings, setup, .. } = plan;
    let (main, tables) = (main_name(), tables(plan));
    quote_spanned! {spans::site()=>
        fn #main() -> ::std::process::ExitCode {
            static TREE: #private::Tree = {
                #tables
                #private::Tree {
                    name: #name,
                    mem: #mem,
                    strategy: #private::Strategy::#strategy,
                    daemons: &[#(#descriptors),*],
                    rings: &[#(#rings),*],
                    setup: #setup,
                }
            };
            #private::main(&TREE)
        }
    }
}

/// Looking at the tables first stops the evaluation silently where a daemon is in error.
fn tables(plan: &Plan) -> TokenStream {
    let Plan { private, daemons, .. } = plan;
    quote_spanned!(spans::site()=> #(let _ = <#daemons as #private::State>::FIELDS;)*)
}

/// The root's budget, checked where `mem` is written.
fn check(plan: &Plan) -> TokenStream {
    let Plan { private, mem, daemons, check, .. } = plan;
    let fits = spans::located(quote_spanned!(*check=> #private::root_fits), *check);
    let check = quote_spanned! {spans::ours(*check)=>
        #fits(#mem, &[#(#private::footprint::<#daemons>()),*])
    };
    let tables = tables(plan);
    quote_spanned!(spans::site()=> const _: () = { #tables #check };)
}

/// A `main` for a tree in error, so that rustc does not miss one.
pub(super) fn stub() -> TokenStream {
    let main = main_name();
    quote_spanned!(spans::site()=> fn #main() {})
}

fn main_name() -> Ident {
    Ident::new("main", spans::site())
}

//! A plan to tokens.

use super::checks::{at_name, checked, handle, result};
use super::lower::{Borrow, Call, Inline, Passed, Plan, Spec, inline_doc};
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

pub(super) fn expand(plan: &Plan) -> TokenStream {
    [call(plan), inline(plan)].into_iter().collect()
}

/// The glue that the user calls.
fn call(plan: &Plan) -> TokenStream {
    let Plan { root, call, inline, .. } = plan;
    let Call { attrs, vis, name, generics, params, ok, err, whole, request, passed } = call;
    let clause = &generics.where_clause;
    let site = spans::site();
    // Hygienic: an argument of the user may have the same name.
    let me = Ident::new("me", site);
    let state = Ident::new("state", site);
    let passed = passed.iter().map(|Passed { cfgs, name, field }| {
        if *field {
            let state = Ident::new("state", spans::ours(name.span()));
            quote_spanned!(name.span()=> #(#cfgs)* #state.#name)
        } else {
            quote_spanned!(name.span()=> #(#cfgs)* #name)
        }
    });
    let handle = handle(plan);
    let result = quote_spanned!(site=> ::core::result::Result<#ok, #root::Failure<#err>>);
    let result = if let Some(at) = whole { spans::located(result, *at) } else { result };
    let inline = &inline.name;
    let inline = at_name(plan, quote_spanned!(site=> <Self>::#inline));
    let (spec, checked) = (spec(plan), checked(plan));
    quote_spanned! {site=>
        #(#attrs)*
        #[allow(clippy::too_many_arguments, reason = "as many as the user's function has")]
        #vis fn #name #generics (
            #me: #handle,
            #(#params,)*
        ) -> #result #clause {
            let #me: #checked = #me;
            #me.transact::<#ok, #err, _>(#spec, #request, move |#state| #inline(#(#passed),*))
        }
    }
}

/// The user's function. Its signature is the framework's shape, so lints about that shape are off.
fn inline(plan: &Plan) -> TokenStream {
    let Inline { attrs, vis, name, generics, params, result, body } = &plan.inline;
    let doc = inline_doc(&plan.call.name);
    let clause = &generics.where_clause;
    quote_spanned! {spans::site()=>
        #[doc = #doc]
        #[allow(clippy::too_many_arguments, clippy::unnecessary_wraps, reason = "a transaction has this shape")]
        #(#attrs)*
        #vis fn #name #generics (#(#params),*) -> #result #clause #body
    }
}

/// The constant that the runtime reads.
fn spec(plan: &Plan) -> TokenStream {
    let Plan { private, spec, .. } = plan;
    let Spec { text, shared, exclusive, given, .. } = spec;
    let site = spans::site();
    let table = at_name(plan, quote_spanned!(site=> <Self as #private::State>::FIELDS));
    let names = |fields: &[Borrow]| {
        let names = fields.iter().map(|Borrow { cfgs, name }| {
            let name = spans::plain_name(name);
            quote_spanned!(site=> #(#cfgs)* #name)
        });
        quote_spanned!(site=> &[#(#names),*])
    };
    let (shared, exclusive, result) = (names(shared), names(exclusive), result(plan));
    quote_spanned! {site=>
        const {
            &#private::Spec { #(#given,)* ..#private::Spec::new(#text, #table, #shared, #exclusive, #result) }
        }
    }
}

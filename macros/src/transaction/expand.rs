//! A plan to tokens.

use super::lower::{Call, Inline, Passed, Plan, Spec, inline_doc};
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

pub(super) fn expand(plan: &Plan) -> TokenStream {
    [call(plan), inline(plan), spec(plan)].into_iter().collect()
}

/// The glue that the user calls.
fn call(plan: &Plan) -> TokenStream {
    let Plan { root, call, inline, spec, .. } = plan;
    let Call { attrs, vis, name, generics, params, ok, err, request, passed } = call;
    let ours = |item: &Ident| spans::located(quote_spanned!(name.span()=> Self::#item), name.span());
    let (spec, inline) = (ours(&spec.name), ours(&inline.name));
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
    quote_spanned! {site=>
        #(#attrs)*
        #[allow(clippy::too_many_arguments, reason = "as many as the user's function has")]
        #vis fn #name #generics (
            #me: &mut #root::Handle<Self>,
            #(#params,)*
        ) -> ::core::result::Result<#ok, #root::Failure<#err>> #clause {
            #root::Handle::transact(#me, &#spec, #request, move |#state| #inline(#(#passed),*))
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
    let Spec { name, text, shared, exclusive, result, answers, given } = spec;
    let site = spans::site();
    let new = Ident::new(if *answers { "answering" } else { "returning" }, site);
    let set = |names: &[TokenStream]| {
        quote_spanned! {site=>
            #private::FieldSet::named(<Self as #private::State>::FIELDS, &[#(#names),*])
        }
    };
    let (shared, exclusive) = (set(shared), set(exclusive));
    quote_spanned! {site=>
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "named after the function, in the same scope")]
        const #name: #private::Spec = #private::Spec {
            #(#given,)*
            shared: #shared,
            exclusive: #exclusive,
            ..#private::Spec::#new::<#result>(#text)
        };
    }
}

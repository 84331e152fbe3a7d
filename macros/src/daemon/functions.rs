//! A plan to the calls of the user's functions: `decide`, and what `validate` names.

use super::lower::Plan;
use crate::shared::spans;
use proc_macro2::TokenStream;
use quote::quote_spanned;

/// The items of `State` that call them. All of each call lies at the user's word, so that a function that is
/// missing or has another signature is one error, there.
pub(super) fn functions(plan: &Plan) -> TokenStream {
    [validate(plan), decide(plan)].into_iter().flatten().collect()
}

/// Where the daemon's own `decide` is looked for. If it has none, a trait's is found instead, which says so.
pub(super) fn decider(plan: &Plan) -> Option<TokenStream> {
    let (private, name, at) = (&plan.private, &plan.name, plan.decide?);
    let our_name = spans::our_ident(name);
    let call = spans::located(
        quote_spanned!(at=> #private::decided::<Self, _, _, _>(#our_name::decide, incident)),
        at,
    );
    Some(quote_spanned! {spans::site()=>
        impl #private::Decider for #name {
            fn decision(incident: &#private::Incident<'_, Self>) -> #private::Decision {
                use #private::DecideMissing as _;
                #call
            }
        }
    })
}

fn validate(plan: &Plan) -> Option<TokenStream> {
    let (private, path) = (&plan.private, plan.validate.as_ref()?);
    let at = spans::ours(path.segments.last()?.ident.span());
    let call = spans::located(quote_spanned!(at=> #private::validated::<Self, _, _, _>), at);
    let arguments = quote_spanned!(at=> (#path, state));
    Some(quote_spanned! {spans::site()=>
        const VALIDATES: bool = true;
        fn validate(state: &Self::Ref<'_>) -> ::core::result::Result<(), #private::Error> {
            #call #arguments
        }
    })
}

fn decide(plan: &Plan) -> Option<TokenStream> {
    let private = &plan.private;
    plan.decide?;
    Some(quote_spanned! {spans::site()=>
        fn decide(
            incident: &#private::Incident<'_, Self>,
        ) -> ::core::option::Option<#private::Decision> {
            ::core::option::Option::Some(<Self as #private::Decider>::decision(incident))
        }
    })
}

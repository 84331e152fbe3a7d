//! A plan to the calls of the user's functions: `decide`, and what `validate` names.

use super::lower::Plan;
use crate::shared::spans;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

/// The items of `State` that call them. All of each call lies at the user's word, so that a function that is
/// missing or has another signature is one error, there.
pub(super) fn functions(plan: &Plan) -> TokenStream {
    [validate(plan), decide(plan)].into_iter().flatten().collect()
}

fn validate(plan: &Plan) -> Option<TokenStream> {
    let (private, path) = (&plan.private, plan.validate.as_ref()?);
    let at = spans::ours(path.span());
    let call = spans::located(quote_spanned!(at=> #private::validated::<Self, _>), at);
    let arguments = quote_spanned!(at=> (#path, state));
    Some(quote_spanned! {spans::site()=>
        const VALIDATES: bool = true;
        fn validate(state: &Self::Ref<'_>) -> ::core::result::Result<(), #private::Error> {
            #call #arguments
        }
    })
}

/// Where the daemon has no `decide`, the trait's is found instead, which says so.
fn decide(plan: &Plan) -> Option<TokenStream> {
    let (private, at) = (&plan.private, plan.decide?);
    let name = spans::our_ident(&plan.name).into_token_stream();
    let call = spans::located(quote_spanned!(at=> #private::decided::<Self>(#name::decide, incident)), at);
    Some(quote_spanned! {spans::site()=>
        fn decide(
            incident: &#private::Incident<'_, Self>,
        ) -> ::core::option::Option<#private::Decision> {
            use #private::DecideMissing as _;
            #call
        }
    })
}

//! A plan to what is checked while compiling. Each check lies at the user's own token, and all of them in the
//! constant argument of a type on which the rest of the glue depends: rustc evaluates that even under `cargo
//! check`, and where it fails says nothing more of what depends on it.

use super::lower::{Borrow, Plan};
use crate::shared::spans;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// The type of the borrowed handle. All that names `Self` lies at the function's name: where there is no `Self`, or
/// it is no daemon, rustc says the same of each mention, and so says it once.
pub(super) fn handle(plan: &Plan) -> TokenStream {
    let root = &plan.root;
    at_name(plan, quote_spanned!(spans::site()=> &mut #root::Handle<Self>))
}

/// The same type, which is there only where all checks succeed.
pub(super) fn checked(plan: &Plan) -> TokenStream {
    let Plan { root, private, spec, .. } = plan;
    let site = spans::site();
    let shared = spec.shared.iter().map(|Borrow { cfgs, name }| {
        let text = spans::plain_name(name);
        let place = (name.span(), name.span());
        let borrowed = call(plan, "borrowed", &this(plan), &quote_spanned!(site=> #text), place);
        quote_spanned!(site=> #(#cfgs)* #borrowed;)
    });
    let exclusive = spec.exclusive.iter().map(|Borrow { cfgs, name }| {
        let text = spans::plain_name(name);
        let place = (name.span(), name.span());
        let written = call(plan, "written", &this(plan), &quote_spanned!(site=> writes, #text), place);
        quote_spanned!(site=> #(#cfgs)* let writes = #written;)
    });
    let answers = spec.answers;
    let result = result(plan);
    // The first look at `Self` in here, and the same as in the signature.
    let first = at_name(plan, quote_spanned!(site=> let _: &mut #root::Handle<Self>;));
    let checks = quote_spanned! {site=>
        {
            #first
            #(#shared)*
            let writes = #private::Writes::none(#answers);
            #(#exclusive)*
            let _ = (writes, #result);
            0
        }
    };
    let before = at_name(plan, quote_spanned!(site=> &mut <#root::Handle<Self> as #private::Checked<));
    let after = at_name(plan, quote_spanned!(site=> >>::Same));
    quote_spanned!(site=> #before #checks #after)
}

/// The fingerprints of both parts of the result.
pub(super) fn result(plan: &Plan) -> TokenStream {
    let answers = plan.spec.answers;
    let parts = [&plan.call.ok, &plan.call.err].map(|ty| {
        let mut spans = ty.clone().into_iter().map(|tree| tree.span());
        let first = spans.next().unwrap_or_else(spans::site);
        let place = (first, spans.last().unwrap_or(first));
        call(plan, "returned", ty, &quote_spanned!(spans::site()=> #answers), place)
    });
    quote_spanned!(spans::site()=> [#(#parts),*])
}

/// `function::<of>(arguments)`, which reaches from the first to the last token at `place`.
fn call(
    plan: &Plan,
    function: &str,
    of: &TokenStream,
    arguments: &TokenStream,
    place: (Span, Span),
) -> TokenStream {
    let private = &plan.private;
    let (first, last) = (spans::ours(place.0), spans::ours(place.1));
    let function = syn::Ident::new(function, first);
    let path = spans::located(quote_spanned!(first=> #private::#function), first);
    let open = quote_spanned!(first=> ::<);
    let arguments = quote_spanned!(last=> >(#arguments));
    quote_spanned!(spans::site()=> #path #open #of #arguments)
}

fn this(plan: &Plan) -> TokenStream {
    at_name(plan, quote_spanned!(spans::site()=> Self))
}

pub(super) fn at_name(plan: &Plan, tokens: TokenStream) -> TokenStream {
    spans::located(tokens, plan.call.name.span())
}

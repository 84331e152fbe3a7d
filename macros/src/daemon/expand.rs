//! A plan to tokens.

use super::functions::decider;
use super::lower::{Plan, Row};
use super::publish::publish;
use super::state::state;
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};

pub(super) fn expand(plan: &Plan) -> TokenStream {
    let decider = decider(plan).unwrap_or_default();
    let publish = publish(plan).unwrap_or_default();
    [name(plan), image(plan), views(plan), cells(plan), state(plan), decider, publish, check(plan)]
        .into_iter()
        .collect()
}

/// The type that stands for the daemon; no value of it exists.
fn name(plan: &Plan) -> TokenStream {
    let Plan { attrs, vis, name, .. } = plan;
    quote_spanned! {spans::site()=>
        #(#attrs)*
        #vis enum #name {}
    }
}

/// The fixed layout in shared memory.
fn image(plan: &Plan) -> TokenStream {
    let Plan { our_vis, name, image, rows, .. } = plan;
    let doc = format!(" The state of [`{name}`] as it lies in shared memory.");
    let fields = rows.iter().map(|row| {
        let Row { name, cfgs, name_text, .. } = row;
        let doc = format!(" Image of the field `{}`.", name_text.value());
        let image = row.field("Image");
        quote_spanned!(spans::site()=> #(#cfgs)* #[doc = #doc] #our_vis #name: #image)
    });
    quote_spanned! {spans::site()=>
        #[doc = #doc]
        #[repr(C)]
        #our_vis struct #image { #(#fields,)* }
    }
}

/// One reference for each field: what `update` lends, and what reading gives.
fn views(plan: &Plan) -> TokenStream {
    let Plan { name, exclusive, shared, .. } = plan;
    let site = spans::site();
    let mut tokens = view(
        plan,
        exclusive,
        &quote_spanned!(site=> &'a mut),
        &format!(" The fields of [`{name}`], lent for reading and writing."),
    );
    view(plan, shared, &quote_spanned!(site=> &'a), &format!(" The fields of [`{name}`], lent for reading."))
        .to_tokens(&mut tokens);
    tokens
}

fn view(plan: &Plan, view: &Ident, reference: &TokenStream, doc: &str) -> TokenStream {
    let our_vis = &plan.our_vis;
    let fields = plan.rows.iter().map(|row| {
        let Row { name, ty, cfgs, attrs, doc, .. } = row;
        let doc = doc.iter();
        quote_spanned!(spans::site()=> #(#cfgs)* #(#attrs)* #(#[doc = #doc])* #our_vis #name: #reference #ty)
    });
    let lifetime = plan.bare.then(|| {
        quote_spanned!(spans::site()=> #[doc(hidden)] #our_vis __lifetime: ::core::marker::PhantomData<&'a ()>,)
    });
    quote_spanned! {spans::site()=>
        #[doc = #doc]
        #our_vis struct #view<'a> { #(#fields,)* #lifetime }
    }
}

/// What the runtime keeps for each field in the process. The last field is the one that rustc looks at to
/// see whether the struct is sized: where it is of no type of the user's, that is no error of its own.
fn cells(plan: &Plan) -> TokenStream {
    let Plan { our_vis, cells, rows, .. } = plan;
    let fields = rows.iter().map(|row| {
        let (Row { name, cfgs, .. }, cell) = (row, row.field("Cell"));
        quote_spanned!(spans::site()=> #(#cfgs)* #name: #cell)
    });
    quote_spanned! {spans::site()=>
        #[doc(hidden)]
        #our_vis struct #cells { #(#fields,)* __end: () }
    }
}

/// The budget: each limit is checked at what the user wrote of it. The first that is broken ends the evaluation.
fn check(plan: &Plan) -> TokenStream {
    let Plan { private, name, .. } = plan;
    let Some(checks) = &plan.checks else {
        return TokenStream::new();
    };
    let name = spans::our_ident(name);
    let fields = plan.rows.iter().map(|row| {
        let (Row { cfgs, name_text, span, .. }, image) = (row, row.field("Image"));
        let call = spans::located(quote_spanned!(*span=> #private::field_fits::<#name>), *span);
        let arguments = quote_spanned!(*span=> (#name_text, ::core::mem::align_of::<#image>()));
        let fits = quote_spanned!(*span=> #(#cfgs)* #call #arguments;);
        let publishes = row.published.then(|| {
            let call = spans::located(quote_spanned!(*span=> #private::publishes::<#name>), *span);
            quote_spanned!(*span=> #(#cfgs)* #call (#name_text);)
        });
        quote_spanned!(*span=> #fits #publishes)
    });
    let checks = [("record_fits", checks.record), ("history_fits", checks.history), ("fits", checks.mem)];
    let [record, history, whole] = checks.map(|(check, at)| {
        let check = Ident::new(check, at);
        spans::located(quote_spanned!(at=> #private::#check::<#name>();), at)
    });
    // Looking at the table first stops the evaluation silently where a type is no field.
    quote_spanned! {spans::site()=>
        const _: () = {
            let _ = <#name as #private::State>::FIELDS;
            #record
            #(#fields)*
            #history
            #whole
        };
    }
}

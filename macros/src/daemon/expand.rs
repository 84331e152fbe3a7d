//! A plan to tokens.

use super::lower::{Plan, Row};
use crate::shared::spans;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};

pub(super) fn expand(plan: &Plan) -> TokenStream {
    [name(plan), image(plan), views(plan), cells(plan), state(plan), check(plan)].into_iter().collect()
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
    let Plan { private, zerocopy, our_vis, name, image, rows, .. } = plan;
    let doc = format!("The state of [`{name}`] as it lies in shared memory.");
    let fields = rows.iter().map(|row| {
        let Row { name, ty, cfgs, name_text, .. } = row;
        let doc = format!("Image of the field `{}`.", name_text.value());
        quote_spanned!(spans::site()=> #(#cfgs)* #[doc = #doc] #our_vis #name: <#ty as #private::Field>::Image)
    });
    quote_spanned! {spans::site()=>
        #[doc = #doc]
        #[derive(
            #private::zerocopy::FromZeros,
            #private::zerocopy::KnownLayout,
            #private::zerocopy::Immutable,
        )]
        #[zerocopy(crate = #zerocopy)]
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
        &format!("The fields of [`{name}`], lent for reading and writing."),
    );
    view(plan, shared, &quote_spanned!(site=> &'a), &format!("The fields of [`{name}`], lent for reading."))
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

/// What the runtime keeps for each field in the process.
fn cells(plan: &Plan) -> TokenStream {
    let Plan { private, our_vis, cells, rows, .. } = plan;
    let fields = rows.iter().map(|row| {
        let Row { name, ty, cfgs, .. } = row;
        quote_spanned!(spans::site()=> #(#cfgs)* #name: <#ty as #private::Field>::Cell)
    });
    quote_spanned! {spans::site()=>
        #[doc(hidden)]
        #our_vis struct #cells { #(#fields,)* }
    }
}

/// The implementation of `State`. Rows are counted while running, for `cfg` may take fields away.
fn state(plan: &Plan) -> TokenStream {
    let Plan { private, name, image, cells, exclusive, shared, options, .. } = plan;
    let site = spans::site();
    let daemon = spans::plain_name(name);
    let each = |make: &dyn Fn(&Row) -> TokenStream| -> TokenStream {
        let items = plan.rows.iter().map(|row| {
            let (cfgs, item) = (&row.cfgs, make(row));
            quote_spanned!(site=> #(#cfgs)* #item)
        });
        items.collect()
    };
    let table = each(
        &|Row { name, ty, name_text, type_text, .. }| quote_spanned!(site=> #private::FieldInfo::of::<#ty>(#name_text, #type_text, ::core::mem::offset_of!(#image, #name)),),
    );
    let bind = each(&|Row { name, ty, .. }| {
        quote_spanned!(site=> #name: {
            let cell = <#ty as #private::Field>::bind(place(row));
            row += 1;
            cell
        },)
    });
    let begin = each(
        &|Row { name, ty, .. }| quote_spanned!(site=> <#ty as #private::Field>::begin(&mut cells.#name);),
    );
    let lend = each(
        &|Row { name, ty, .. }| quote_spanned!(site=> #name: <#ty as #private::Field>::lend(&mut cells.#name),),
    );
    let share = each(
        &|Row { name, ty, .. }| quote_spanned!(site=> #name: <#ty as #private::Field>::share(&cells.#name),),
    );
    let gather = each(&|Row { name, ty, .. }| {
        quote_spanned!(site=> {
            if fields.has(row) {
                <#ty as #private::Field>::gather(&mut cells.#name)?;
            }
            row += 1;
        })
    });
    let attempt = each(&|Row { name, ty, .. }| {
        quote_spanned!(site=> {
            if fields.has(row) {
                let attempt = <#ty as #private::Field>::attempt_failed(&mut cells.#name);
                gravest = ::core::cmp::Ord::max(gravest, attempt);
            }
            row += 1;
        })
    });
    let lifetime = plan.bare.then(|| quote_spanned!(site=> __lifetime: ::core::marker::PhantomData,));
    quote_spanned! {site=>
        // SAFETY: the table is computed from the image itself, in declaration order, and every function
        // counts the same fields in the same order.
        unsafe impl #private::State for #name {
            type Image = #image;
            type Cells = #cells;
            type Mut<'a> = #exclusive<'a>;
            type Ref<'a> = #shared<'a>;
            const NAME: &'static str = #daemon;
            const FIELDS: &'static [#private::FieldInfo] = &[#table];
            const OPTIONS: #private::Options = #options;

            fn bind(place: &mut dyn ::core::ops::FnMut(usize) -> #private::Place) -> Self::Cells {
                let mut row = 0_usize;
                let cells = #cells { #bind };
                let _ = (row, place);
                cells
            }
            fn begin(cells: &mut Self::Cells) {
                #begin
                let _ = cells;
            }
            fn lend(cells: &mut Self::Cells) -> Self::Mut<'_> {
                let _ = &cells;
                #exclusive { #lend #lifetime }
            }
            fn share(cells: &Self::Cells) -> Self::Ref<'_> {
                let _ = &cells;
                #shared { #share #lifetime }
            }
            fn gather(
                cells: &mut Self::Cells,
                fields: #private::FieldSet,
            ) -> ::core::result::Result<(), #private::Overrun> {
                let mut row = 0_usize;
                #gather
                let _ = (row, fields, cells);
                ::core::result::Result::Ok(())
            }
            fn attempt_failed(cells: &mut Self::Cells, fields: #private::FieldSet) -> #private::Attempt {
                let mut row = 0_usize;
                let mut gravest = #private::Attempt::Ignored;
                #attempt
                let _ = (row, fields, cells);
                gravest
            }
        }
    }
}

/// The budget, checked where `mem` is written.
fn check(plan: &Plan) -> TokenStream {
    let Plan { private, name, .. } = plan;
    let Some(mem) = plan.check else {
        return TokenStream::new();
    };
    let name = spans::our_ident(name);
    let check = quote_spanned!(spans::ours(mem)=> #private::fits::<#name>());
    quote_spanned!(spans::site()=> const _: () = #check;)
}

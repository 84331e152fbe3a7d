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
    let Plan { our_vis, name, image, rows, .. } = plan;
    let doc = format!("The state of [`{name}`] as it lies in shared memory.");
    let fields = rows.iter().map(|row| {
        let Row { name, field, span, cfgs, name_text, .. } = row;
        let doc = format!("Image of the field `{}`.", name_text.value());
        let image = quote_spanned!(*span=> #field::Image);
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
    let Plan { our_vis, cells, rows, .. } = plan;
    let fields = rows.iter().map(|Row { name, field, span, cfgs, .. }| {
        let cell = quote_spanned!(*span=> #field::Cell);
        quote_spanned!(spans::site()=> #(#cfgs)* #name: #cell)
    });
    quote_spanned! {spans::site()=>
        #[doc(hidden)]
        #our_vis struct #cells { #(#fields,)* }
    }
}

/// One piece of code for each field, with the field's `cfg`.
fn each(plan: &Plan, make: impl Fn(&Row) -> TokenStream) -> TokenStream {
    let pieces = plan.rows.iter().map(|row| {
        let (cfgs, piece) = (&row.cfgs, make(row));
        quote_spanned!(row.span=> #(#cfgs)* #piece)
    });
    pieces.collect()
}

/// The table of fields. The offsets follow the rule of `repr(C)`: `offset_of!` would report a type that is no
/// field a second time, as would a function that is generic over it.
fn table(plan: &Plan) -> TokenStream {
    let private = &plan.private;
    each(plan, |Row { field, span, name_text, type_text, .. }| {
        quote_spanned! {*span=>
            #private::FieldInfo {
                name: #name_text,
                ty: #type_text,
                offset: {
                    at = at.next_multiple_of(::core::mem::align_of::<#field::Image>());
                    at
                },
                size: {
                    at += ::core::mem::size_of::<#field::Image>();
                    ::core::mem::size_of::<#field::Image>()
                },
                shape: #field::SHAPE,
                largest: #field::LARGEST,
                type_id: ::core::any::TypeId::of::<#field::Image>,
                check_write: #field::check_write,
                check_image: #field::check_image,
            },
        }
    })
}

/// The implementation of `State`. Its image is opaque: the typed one would make the types of private fields
/// part of the daemon's interface, where rustc refuses private ones. Rows are counted while running, for `cfg` may take fields away.
fn state(plan: &Plan) -> TokenStream {
    let Plan { private, name, image, cells, exclusive, shared, options, .. } = plan;
    let site = spans::site();
    let daemon = spans::plain_name(name);
    let our_name = spans::our_ident(name);
    let table = table(plan);
    let bind = each(plan, |Row { member, field, span, .. }| {
        quote_spanned! {*span=>
            #member: {
                let cell = #field::bind(place(row));
                row += 1;
                cell
            },
        }
    });
    let begin = each(
        plan,
        |Row { member, field, span, .. }| quote_spanned!(*span=> #field::begin(&mut cells.#member);),
    );
    let lend = each(
        plan,
        |Row { member, field, span, .. }| quote_spanned!(*span=> #member: #field::lend(&mut cells.#member),),
    );
    let share = each(
        plan,
        |Row { member, field, span, .. }| quote_spanned!(*span=> #member: #field::share(&cells.#member),),
    );
    let gather = each(plan, |Row { member, field, span, .. }| {
        quote_spanned!(*span=> {
            if fields.has(row) {
                #field::gather(&mut cells.#member)?;
            }
            row += 1;
        })
    });
    let attempt = each(plan, |Row { member, field, span, .. }| {
        quote_spanned!(*span=> {
            if fields.has(row) {
                let attempt = #field::attempt_failed(&mut cells.#member);
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
            type Image = [u128; {
                let _ = <#our_name as #private::State>::FIELDS;
                ::core::mem::size_of::<#image>().div_ceil(16)
            }];
            type Cells = #cells;
            type Mut<'a> = #exclusive<'a>;
            type Ref<'a> = #shared<'a>;
            const NAME: &'static str = #daemon;
            const FIELDS: &'static [#private::FieldInfo] = &{
                let mut at = 0_usize;
                let table = [#table];
                let _ = at;
                table
            };
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
    // Looking at the table first stops the evaluation silently where a type is no field.
    quote_spanned! {spans::site()=>
        const _: () = {
            let _ = <#name as #private::State>::FIELDS;
            #check
        };
    }
}

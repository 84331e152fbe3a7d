//! A plan to the implementation of `State`.

use super::functions::functions;
use super::lower::{Plan, Proved, Row};
use crate::shared::spans;
use proc_macro2::TokenStream;
use quote::quote_spanned;

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
    each(plan, |row| {
        let Row { span, name_text, type_text, .. } = row;
        let [image, shape, largest, write, whole] =
            ["Image", "SHAPE", "LARGEST", "check_write", "check_image"].map(|item| row.aliased(item));
        quote_spanned! {*span=>
            #private::FieldInfo {
                name: #name_text,
                ty: #type_text,
                offset: {
                    at = at.next_multiple_of(::core::mem::align_of::<#image>());
                    at
                },
                size: {
                    at += ::core::mem::size_of::<#image>();
                    ::core::mem::size_of::<#image>()
                },
                shape: #shape,
                largest: #largest,
                type_id: ::core::any::TypeId::of::<#image>,
                check_write: #write,
                check_image: #whole,
            },
        }
    })
}

/// For each field: if `fields` has it, what `make` makes of calling `Field`'s function `item` on its cell.
fn chosen(plan: &Plan, item: &str, make: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
    each(plan, |row| {
        let (Row { member, span, .. }, function) = (row, row.aliased(item));
        let action = make(quote_spanned!(*span=> #function(&mut cells.#member)));
        quote_spanned! {*span=>
            {
                if fields.has(row) {
                    #action
                }
                row += 1;
            }
        }
    })
}

/// For each field: a call of `Field`'s function `item` on its cell.
fn calls(plan: &Plan, item: &str) -> TokenStream {
    each(plan, |row| {
        let (Row { member, span, .. }, function) = (row, row.aliased(item));
        quote_spanned!(*span=> #function(&mut cells.#member);)
    })
}

/// For each field: what `Field`'s function `item` makes of its cell, as a field of a view.
fn members(plan: &Plan, item: &str, reference: &TokenStream) -> TokenStream {
    each(plan, |row| {
        let (Row { member, span, .. }, function) = (row, row.aliased(item));
        let reference = spans::located(reference.clone(), *span);
        quote_spanned!(*span=> #member: #function(#reference cells.#member),)
    })
}

/// The implementation of `State`, where long types have short names.
pub(super) fn state(plan: &Plan) -> TokenStream {
    let site = spans::site();
    let implementation = implementation(plan);
    let aliases: Vec<TokenStream> = plan
        .rows
        .iter()
        .filter_map(|row| {
            let (cfgs, Proved { alias, ty }) = (&row.cfgs, row.proved.as_ref()?);
            Some(quote_spanned!(site=> #(#cfgs)* #[allow(non_camel_case_types)] type #alias = #ty;))
        })
        .collect();
    if aliases.is_empty() {
        return implementation;
    }
    quote_spanned! {site=>
        const _: () = {
            #(#aliases)*
            #implementation
        };
    }
}

/// Its image is opaque: the typed one would make the types of private fields
/// part of the daemon's interface, where rustc refuses private ones. Rows are counted while running, for
/// `cfg` may take fields away.
fn implementation(plan: &Plan) -> TokenStream {
    let Plan { private, name, cells, exclusive, shared, options, .. } = plan;
    let site = spans::site();
    let daemon = spans::plain_name(name);
    let our_name = spans::our_ident(name);
    let table = table(plan);
    let bind = each(plan, |row| {
        let (Row { member, span, .. }, bind) = (row, row.aliased("bind"));
        quote_spanned! {*span=>
            #member: {
                let cell = #bind(place(row));
                row += 1;
                cell
            },
        }
    });
    let (begin, adopt) = (calls(plan, "begin"), calls(plan, "adopt"));
    let lend = members(plan, "lend", &quote_spanned!(site=> &mut));
    let [share, view] = ["share", "view"].map(|item| members(plan, item, &quote_spanned!(site=> &)));
    let functions = functions(plan);
    let gather = chosen(plan, "gather", |call| quote_spanned!(site=> #call?;));
    let attempt = chosen(
        plan,
        "attempt_failed",
        |call| quote_spanned!(site=> gravest = ::core::cmp::Ord::max(gravest, #call);),
    );
    let lifetime = plan.bare.then(|| quote_spanned!(site=> __lifetime: ::core::marker::PhantomData,));
    quote_spanned! {site=>
        // SAFETY: the table is computed from the image itself, in declaration order, and every function
        // counts the same fields in the same order.
        unsafe impl #private::State for #name {
            type Image = [u128; match <#our_name as #private::State>::FIELDS {
                [.., last] => (last.offset + last.size).div_ceil(16),
                [] => 0,
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
                let cells = #cells { #bind __end: () };
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
            fn view(cells: &Self::Cells) -> Self::Ref<'_> {
                let _ = &cells;
                #shared { #view #lifetime }
            }
            fn adopt(cells: &mut Self::Cells) {
                #adopt
                let _ = cells;
            }
            #functions
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

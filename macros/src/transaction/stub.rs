//! What stands in for a transaction whose signature is wrong: callers still find it, so that they are not
//! in error too.

use super::lower::{handle, inline_doc, inline_name};
use super::parse::{Input, marker};
use super::types::{no_size, peel};
use crate::shared::{Krate, attrs, spans};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{FnArg, GenericArgument, Pat, PatType, PathArguments, ReturnType, Type};

pub(super) fn stub(input: &Input, krate: &Krate) -> TokenStream {
    let site = spans::site();
    let (root, handle) = (krate.root(), handle(krate));
    let (name, vis, generics) = (&input.sig.ident, &input.vis, &input.sig.generics);
    let clause = &generics.where_clause;
    let docs = attrs::sort(input.attrs.iter().cloned()).docs;
    let params: Vec<TokenStream> = params(input).filter(|param| !borrows(param)).map(unnamed).collect();
    let plain: Vec<TokenStream> = self::params(input).map(unnamed).collect();
    let (ok, err) = parts(&input.sig.output);
    let (inline, doc, our_vis) = (inline_name(name), inline_doc(name), spans::our_tokens(vis));
    quote_spanned! {site=>
        #(#docs)*
        #vis fn #name #generics (
            _: &mut #handle,
            #(#params),*
        ) -> ::core::result::Result<#ok, #root::Failure<#err>> #clause {
            ::core::unimplemented!()
        }
        #[doc = #doc]
        #our_vis fn #inline #generics (#(#plain),*) -> ::core::result::Result<#ok, #err> #clause {
            ::core::unimplemented!()
        }
    }
}

fn params(input: &Input) -> impl Iterator<Item = &PatType> {
    input.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(param) if !matches!(*param.pat, Pat::Verbatim(_)) => Some(param),
        _ => None,
    })
}

fn borrows(param: &PatType) -> bool {
    matches!(*param.ty, Type::Reference(_)) && marker(&param.attrs, "arg").is_none()
}

/// `_: Type`, with its `cfg`.
fn unnamed(param: &PatType) -> TokenStream {
    let cfgs = attrs::sort(param.attrs.iter().cloned()).cfgs;
    let ty = &param.ty;
    quote_spanned!(spans::site()=> #(#cfgs)* _: #ty)
}

/// The two types of a result, or units.
fn parts(output: &ReturnType) -> (TokenStream, TokenStream) {
    let unit = || (quote_spanned!(spans::site()=> ()), quote_spanned!(spans::site()=> ()));
    let ReturnType::Type(_, ty) = output else {
        return unit();
    };
    let Type::Path(path) = &**ty else {
        return unit();
    };
    let Some(PathArguments::AngleBracketed(args)) = path.path.segments.last().map(|last| &last.arguments)
    else {
        return unit();
    };
    let types: Vec<TokenStream> = args
        .args
        .iter()
        .filter_map(|arg| match arg {
            GenericArgument::Type(ty) if no_size(peel(ty)).is_some() => {
                Some(quote_spanned!(spans::site()=> ()))
            }
            GenericArgument::Type(ty) if !matches!(ty, Type::ImplTrait(_)) => Some(ty.to_token_stream()),
            _ => None,
        })
        .collect();
    match <[TokenStream; 2]>::try_from(types) {
        Ok([ok, err]) => (ok, err),
        Err(_) => unit(),
    }
}

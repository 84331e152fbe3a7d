//! Parameters: borrows of fields, and arguments.

use super::parse::marker;
use super::types::{find_word, no_size, peel};
use crate::shared::Errors;
use crate::shared::attrs::{self, Attrs};
use crate::shared::spans;
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, FnArg, Meta, Pat, PatType, Signature, Type};

/// A parameter.
pub(super) struct Param {
    pub(super) role: Role,
    pub(super) name: Ident,
    pub(super) ty: Type,
    /// Without the markers.
    pub(super) attrs: Attrs,
    /// As the plain function has it.
    pub(super) plain: PatType,
}

/// What a parameter is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Shared,
    Exclusive,
    Argument,
    Request,
}

pub(super) fn check_params(sig: &Signature, errors: &mut Errors) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    for input in &sig.inputs {
        let param = match input {
            FnArg::Receiver(receiver) => {
                errors.on(
                    receiver,
                    "a transaction has no `self`, for no value of the daemon exists: \
                     borrow the fields you need by name, such as `total: &mut u64`",
                );
                continue;
            }
            FnArg::Typed(param) => check_param(param, errors),
        };
        let Some(param) = param else { continue };
        if params.iter().any(|other| other.name == param.name) {
            let name = &param.name;
            errors.at(
                name.span(),
                format!(
                    "`{name}` is a parameter already: a field is borrowed once, with `&mut` if it is written"
                ),
            );
            continue;
        }
        if param.role == Role::Request && params.iter().any(|other| other.role == Role::Request) {
            errors.at(param.name.span(), "a transaction has one request id: remove this `#[request]`");
        }
        params.push(param);
    }
    params
}

fn check_param(param: &PatType, errors: &mut Errors) -> Option<Param> {
    let name = check_name(&param.pat, errors)?;
    if let Some(span) = find_word(param.ty.to_token_stream(), "impl") {
        errors
            .at(span, "a transaction cannot take `impl Trait`: name the type, for the call is compiled once");
        return None;
    }
    let arg = check_marker(&param.attrs, "arg", errors);
    let request = check_marker(&param.attrs, "request", errors);
    let reference = match peel(&param.ty) {
        Type::Reference(reference) => Some(reference),
        _ => None,
    };
    if request.is_some() {
        check_request(param, reference.is_some(), errors);
    }
    let role = match reference {
        _ if request.is_some() => Role::Request,
        Some(reference) if arg.is_none() => {
            if let Some(lifetime) = &reference.lifetime {
                errors.on(
                    lifetime,
                    format!(
                        "`{name}` borrows a field, for as long as the transaction runs: remove the lifetime, \
                         or mark an argument that is no field with `#[arg]`"
                    ),
                );
            }
            if let Some(what) = no_size(peel(&reference.elem)) {
                errors.on(
                    &param.ty,
                    format!("{what} is never a field of a daemon: if `{name}` is an argument, write `#[arg] {name}`"),
                );
            }
            if reference.mutability.is_some() { Role::Exclusive } else { Role::Shared }
        }
        _ => Role::Argument,
    };
    let mut plain = param.clone();
    plain.attrs.retain(|attr| !attr.path().is_ident("arg") && !attr.path().is_ident("request"));
    let attrs = attrs::sort(plain.attrs.clone());
    if let Role::Request = role {
        // The runtime uses it; the body seldom does.
        plain.attrs.push(syn::parse_quote_spanned!(spans::site()=> #[allow(unused_variables)]));
    }
    Some(Param { role, name, ty: (*param.ty).clone(), attrs, plain })
}

fn check_name(pattern: &Pat, errors: &mut Errors) -> Option<Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            Some(pattern.ident.clone())
        }
        Pat::Wild(_) => {
            errors.on(
                pattern,
                "a parameter of a transaction needs a name: a field is borrowed by it, an argument passed on",
            );
            None
        }
        _ => {
            errors.on(
                pattern,
                "a parameter of a transaction is a plain name: take it apart with `let` in the body",
            );
            None
        }
    }
}

/// The marker `name`; it is bare.
fn check_marker<'a>(attrs: &'a [Attribute], name: &str, errors: &mut Errors) -> Option<&'a Attribute> {
    let marker = marker(attrs, name)?;
    if !matches!(marker.meta, Meta::Path(_)) {
        errors.on(marker, format!("`#[{name}]` takes nothing: write `#[{name}]`"));
    }
    Some(marker)
}

fn check_request(param: &PatType, reference: bool, errors: &mut Errors) {
    let number =
        ["u8", "u16", "u32", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "bool", "char"];
    let wrong = match peel(&param.ty) {
        Type::Path(path) => number.iter().any(|name| path.path.is_ident(name)),
        Type::Tuple(_) | Type::Array(_) => true,
        _ => reference,
    };
    if wrong {
        errors.on(&param.ty, "a request id is a `u64` by value: write `u64` and convert where it is called");
    }
    if let Some(cfg) = attrs::sort(param.attrs.iter().cloned()).cfgs.first() {
        errors.on(
            cfg,
            "whether a transaction has a request id cannot depend on `cfg`: put the `cfg` on the function",
        );
    }
}

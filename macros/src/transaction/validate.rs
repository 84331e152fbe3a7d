//! Syntax to a task: what is borrowed, what is passed, what comes back.

use super::params::{Param, check_params};
use super::parse::Input;
use super::result::{Outcome, check_result};
use crate::shared::attrs::{self, Attrs};
use crate::shared::options::Entries;
use crate::shared::values::Amount;
use crate::shared::{Errors, Krate};
use proc_macro2::{Group, Ident};
use syn::{GenericParam, Generics, Signature, Visibility};

/// A valid transaction.
pub(super) struct Task {
    pub(super) krate: Krate,
    pub(super) attrs: Attrs,
    pub(super) vis: Visibility,
    pub(super) name: Ident,
    /// Lifetimes at most.
    pub(super) generics: Generics,
    pub(super) params: Vec<Param>,
    pub(super) result: Outcome,
    pub(super) options: Options,
    pub(super) body: Group,
}

/// The options with values of the right type.
pub(super) struct Options {
    pub(super) timeout: Option<Amount>,
    pub(super) retries: Option<u32>,
    pub(super) backoff: Option<Amount>,
}

/// `Err` with the way to the runtime where the signature cannot be a transaction's.
pub(super) fn validate(input: &Input, errors: &mut Errors) -> Result<Task, Krate> {
    let krate = input.options.krate(errors);
    let options = check_options(&input.options, errors);
    let mut attrs = attrs::sort(input.attrs.iter().cloned());
    attrs.others.retain(|attr| {
        let again = attrs::name(attr) == "transaction";
        if again {
            errors.on(attr, "`#[transaction]` is given twice: remove one");
        }
        !again
    });

    let mut structure = Errors::default();
    check_qualifiers(&input.sig, &mut structure);
    check_generics(&input.sig.generics, &mut structure);
    let params = check_params(&input.sig, &mut structure);
    let result = check_result(&input.sig, &mut structure);
    let sound = structure.is_empty();
    errors.append(structure);
    match result {
        Some(result) if sound => Ok(Task {
            krate,
            attrs,
            vis: input.vis.clone(),
            name: input.sig.ident.clone(),
            generics: input.sig.generics.clone(),
            params,
            result,
            options,
            body: input.body.clone(),
        }),
        _ => Err(krate),
    }
}

fn check_options(given: &Entries, errors: &mut Errors) -> Options {
    let timeout = given.get("timeout").and_then(|entry| {
        entry.positive("every attempt would end before it began; leave `timeout` out for none", errors)
    });
    let retries = given.get("retries").and_then(|entry| entry.count(errors));
    let backoff = given.get("backoff").and_then(|entry| entry.duration(errors));
    let none = !given.mentions("retries") || retries == Some(0);
    if let (Some(backoff), true) = (backoff, none) {
        errors.at(
            backoff.span,
            "`backoff` is the wait before a retry, and there is none: add `retries = 2`, or remove `backoff`",
        );
    }
    Options { timeout, retries, backoff }
}

fn check_qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(token) = &sig.asyncness {
        errors.on(
            token,
            "a transaction cannot be `async`: it is one run in a process of its own, with nothing to await; remove `async`",
        );
    }
    if let Some(token) = &sig.constness {
        errors.on(token, "a transaction cannot be `const`: it starts a process; remove `const`");
    }
    if let Some(token) = &sig.unsafety {
        errors.on(
            token,
            "a transaction cannot be `unsafe`: its caller has nothing to uphold; \
             remove `unsafe` and use an `unsafe` block inside",
        );
    }
    if let Some(abi) = &sig.abi {
        errors.on(abi, "a transaction is called from Rust only: remove `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        errors.on(variadic, "a transaction has a fixed list of parameters: remove `...`");
    }
}

fn check_generics(generics: &Generics, errors: &mut Errors) {
    for param in &generics.params {
        let (what, name) = match param {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(param) => ("type", &param.ident),
            GenericParam::Const(param) => ("const", &param.ident),
        };
        errors.on(
            param,
            format!(
                "a transaction cannot be generic over the {what} `{name}`: what it borrows and returns is fixed while \
                 compiling; write one transaction for each, which may share a generic helper"
            ),
        );
    }
}

//! A task to a plan: names, tokens for both functions, and the specification.

use super::params::Role;
use super::validate::{Options, Task};
use crate::shared::{Krate, spans};
use proc_macro2::{Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Generics, LitStr, PatType, Type};

/// What is to be generated.
pub(super) struct Plan {
    pub(super) root: TokenStream,
    pub(super) private: TokenStream,
    pub(super) call: Call,
    pub(super) inline: Inline,
    pub(super) spec: Spec,
}

/// The function that the user calls.
pub(super) struct Call {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: TokenStream,
    pub(super) name: Ident,
    pub(super) generics: Generics,
    /// After the handle.
    pub(super) params: Vec<TokenStream>,
    pub(super) ok: TokenStream,
    pub(super) err: TokenStream,
    /// Where the result stands if its parts are not written out.
    pub(super) whole: Option<Span>,
    /// `Some(id)` or `None`.
    pub(super) request: TokenStream,
    /// What the plain function is called with; the fields come from the closure's parameter.
    pub(super) passed: Vec<Passed>,
}

/// One argument for the plain function.
pub(super) struct Passed {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) field: bool,
}

/// The user's function as written.
pub(super) struct Inline {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: TokenStream,
    pub(super) name: Ident,
    pub(super) generics: Generics,
    pub(super) params: Vec<PatType>,
    pub(super) result: Type,
    pub(super) body: Group,
}

/// The constant that describes the transaction to the runtime.
pub(super) struct Spec {
    pub(super) text: LitStr,
    pub(super) shared: Vec<Borrow>,
    pub(super) exclusive: Vec<Borrow>,
    /// Whether a request id is given and its answer kept.
    pub(super) answers: bool,
    /// Fields of `Spec` that the options set.
    pub(super) given: Vec<TokenStream>,
}

/// A field that is borrowed.
pub(super) struct Borrow {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) name: Ident,
}

pub(super) fn lower(task: Task) -> Plan {
    let site = spans::site();
    let private = task.krate.private();
    let borrowed = |role: Role| -> Vec<Borrow> {
        let params = task.params.iter().filter(|param| param.role == role);
        params.map(|param| Borrow { cfgs: param.attrs.cfgs.clone(), name: param.name.clone() }).collect()
    };
    let call = call(&task, &private);
    let spec = Spec {
        text: LitStr::new(&spans::plain_name(&task.name), site),
        shared: borrowed(Role::Shared),
        exclusive: borrowed(Role::Exclusive),
        answers: task.params.iter().any(|param| param.role == Role::Request),
        given: given(&task.options),
    };
    Plan { root: task.krate.root(), inline: inline(task), private, call, spec }
}

fn call(task: &Task, private: &TokenStream) -> Call {
    let site = spans::site();
    let arguments = task.params.iter().filter(|param| matches!(param.role, Role::Argument | Role::Request));
    let params = arguments.map(|param| {
        let (cfgs, name, ty) = (&param.attrs.cfgs, &param.name, &param.ty);
        quote_spanned!(site=> #(#cfgs)* #name: #ty)
    });
    let request = task.params.iter().find(|param| param.role == Role::Request);
    let request = if let Some(name) = request.map(|param| &param.name) {
        quote_spanned!(site=> ::core::option::Option::Some(#name))
    } else {
        quote_spanned!(site=> ::core::option::Option::None)
    };
    let whole = &task.result.whole;
    let (ok, err) = if let Some((ok, err)) = &task.result.parts {
        (ok.to_token_stream(), err.to_token_stream())
    } else {
        let projection = quote_spanned!(site=> <#whole as #private::TaskResult>);
        let projection = spans::located(projection, whole.span());
        let span = spans::ours(whole.span());
        (quote_spanned!(span=> #projection::Ok), quote_spanned!(span=> #projection::Err))
    };
    let passed = task.params.iter().map(|param| Passed {
        cfgs: param.attrs.cfgs.clone(),
        name: param.name.clone(),
        field: matches!(param.role, Role::Shared | Role::Exclusive),
    });
    let lints = task.attrs.lints.iter().filter(|attr| !attr.path().is_ident("expect"));
    Call {
        attrs: task.attrs.docs.iter().chain(lints).chain(&task.attrs.notices).cloned().collect(),
        vis: task.vis.to_token_stream(),
        name: task.name.clone(),
        generics: task.generics.clone(),
        params: params.collect(),
        ok,
        err,
        whole: task.result.parts.is_none().then(|| whole.span()),
        request,
        passed: passed.collect(),
    }
}

fn inline(task: Task) -> Inline {
    Inline {
        vis: spans::our_tokens(&task.vis),
        name: inline_name(&task.name),
        attrs: [task.attrs.lints, task.attrs.others].concat(),
        generics: task.generics,
        params: task.params.into_iter().map(|param| param.plain).collect(),
        result: task.result.whole,
        body: task.body,
    }
}

/// The name of the plain function.
pub(super) fn inline_name(name: &Ident) -> Ident {
    spans::derived(name, |name| format!("{name}_inline"))
}

/// Documentation of the plain function.
pub(super) fn inline_doc(name: &Ident) -> String {
    format!(
        " What [`Self::{}`] runs, as a plain function: to be tested without a process.",
        spans::plain_name(name)
    )
}

/// Way to the type of a daemon's handle.
pub(super) fn handle(krate: &Krate) -> TokenStream {
    let root = krate.root();
    quote_spanned!(spans::site()=> #root::Handle<Self>)
}

fn given(options: &Options) -> Vec<TokenStream> {
    let site = spans::site();
    let nanos = |value| Literal::u64_unsuffixed(value);
    let mut given = Vec::new();
    if let Some(timeout) = options.timeout {
        let nanos = nanos(timeout.value);
        given.push(quote_spanned! {site=>
            timeout: ::core::option::Option::Some(::core::time::Duration::from_nanos(#nanos))
        });
    }
    if let Some(retries) = options.retries {
        given.push(quote_spanned!(site=> retries: #retries));
    }
    if let Some(backoff) = options.backoff {
        let nanos = nanos(backoff.value);
        given.push(quote_spanned!(site=> backoff: ::core::time::Duration::from_nanos(#nanos)));
    }
    given
}

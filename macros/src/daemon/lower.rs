//! A daemon to a plan: every name, path and text that the expansion needs.

use super::options::{Escalation, Options};
use super::validate::{Daemon, Field};
use crate::shared::{spans, text};
use crate::types;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Path, Type};

/// What is to be generated.
pub(super) struct Plan {
    /// The runtime's module for generated code.
    pub(super) private: TokenStream,
    /// The struct's own attributes.
    pub(super) attrs: Vec<Attribute>,
    /// The struct's visibility as written.
    pub(super) vis: TokenStream,
    /// The same as the macro's own tokens.
    pub(super) our_vis: TokenStream,
    pub(super) name: Ident,
    pub(super) image: Ident,
    pub(super) cells: Ident,
    pub(super) exclusive: Ident,
    pub(super) shared: Ident,
    pub(super) published: Ident,
    pub(super) rows: Vec<Row>,
    /// Whether no field uses the lifetime of the views in every configuration.
    pub(super) bare: bool,
    /// The expression for `State::OPTIONS`.
    pub(super) options: TokenStream,
    /// The word `decide`, where the daemon's own function decides.
    pub(super) decide: Option<Span>,
    /// The function that checks the whole state.
    pub(super) validate: Option<Path>,
    /// What to blame if the budget is too small; `None` to leave it unchecked.
    pub(super) checks: Option<Checks>,
}

/// The literal to blame for each limit: the option's own, or that of `mem`, from which it follows.
pub(super) struct Checks {
    pub(super) mem: Span,
    pub(super) record: Span,
    pub(super) history: Span,
}

/// One row of the table of fields.
pub(super) struct Row {
    pub(super) name: Ident,
    /// The type, as the macro's own tokens.
    pub(super) ty: TokenStream,
    /// The same, with a proof that the element of a collection fits, if it needs one.
    pub(super) proved: Option<Proved>,
    /// Where the type starts.
    pub(super) span: Span,
    /// Where it ends.
    last: Span,
    private: TokenStream,
    /// The name, at the end of the type.
    pub(super) member: Ident,
    pub(super) name_text: LitStr,
    pub(super) type_text: LitStr,
    /// On every mention of the field.
    pub(super) cfgs: Vec<Attribute>,
    /// On the field of a generated struct.
    pub(super) attrs: Vec<Attribute>,
    /// Documentation where the user gave none.
    pub(super) doc: Option<LitStr>,
    /// Whether other daemons may read it.
    pub(super) published: bool,
}

pub(super) fn lower(daemon: Daemon, check: bool) -> Plan {
    let private = daemon.krate.private();
    let name = daemon.name;
    let checks = check.then(|| checks(&daemon.options));
    Plan {
        attrs: daemon.attrs,
        our_vis: spans::our_tokens(&daemon.vis),
        vis: daemon.vis.into_token_stream(),
        image: spans::derived(&name, |name| format!("{name}Image")),
        cells: spans::derived(&name, |name| format!("{name}Cells")),
        exclusive: spans::derived(&name, |name| format!("{name}Mut")),
        shared: spans::derived(&name, |name| format!("{name}Ref")),
        published: spans::derived(&name, |name| format!("{name}Published")),
        bare: daemon.fields.iter().all(|field| !field.attrs.cfgs.is_empty()),
        options: options(&daemon.options, &private),
        decide: daemon.options.decide,
        validate: daemon.options.validate,
        checks,
        rows: daemon.fields.into_iter().map(|field| row(field, &private)).collect(),
        private,
        name,
    }
}

fn checks(options: &Options) -> Checks {
    let mem = options.mem.span;
    let size = |name| options.sizes.iter().find(|(key, _)| *key == name).map_or(mem, |(_, size)| size.span);
    Checks { mem, record: size("record"), history: size("history") }
}

/// A type with a proof, which is long.
pub(super) struct Proved {
    /// What it is called where it is mentioned often.
    pub(super) alias: Ident,
    pub(super) ty: TokenStream,
}

impl Row {
    /// `<Type as Field>::item`, all of it at the type. Where the type is no field, rustc finds that in a dozen
    /// such paths, but shows what is said of one place in the same words once.
    pub(super) fn field(&self, item: &str) -> TokenStream {
        self.path(self.proved.as_ref().map_or(&self.ty, |proved| &proved.ty), item)
    }

    /// The same where the alias is in scope.
    pub(super) fn aliased(&self, item: &str) -> TokenStream {
        let alias = self.proved.as_ref().map(|proved| proved.alias.to_token_stream());
        self.path(alias.as_ref().unwrap_or(&self.ty), item)
    }

    fn path(&self, ty: &TokenStream, item: &str) -> TokenStream {
        let Self { span, last, private, .. } = self;
        let open = spans::located(quote!(<), *span);
        let item = Ident::new(item, spans::site());
        let close = spans::located(quote!(as #private::Field>::#item), *last);
        quote!(#open #ty #close)
    }
}

fn row(field: Field, private: &TokenStream) -> Row {
    let span = field.ty.span();
    let last = field.ty.to_token_stream().into_iter().last().map_or(span, |tree| tree.span());
    let name_text = spans::plain_name(&field.name);
    let doc = format!(" The field `{name_text}`.");
    let proved = types::field(&field.ty, private).map(|ty| Proved {
        alias: Ident::new(&format!("__{name_text}"), spans::ours(span)),
        ty: spans::our_tokens(ty),
    });
    Row {
        name: spans::our_ident(&field.name),
        member: spans::moved(&field.name, last),
        name_text: LitStr::new(&name_text, spans::site()),
        type_text: LitStr::new(&text::compact(&field.ty), spans::site()),
        ty: our_type(&field.ty),
        proved,
        span: spans::ours(span),
        last: spans::ours(last),
        private: private.clone(),
        doc: field.attrs.docs.is_empty().then(|| LitStr::new(&doc, spans::site())),
        attrs: [field.attrs.docs, field.attrs.lints, field.attrs.notices].concat(),
        cfgs: field.attrs.cfgs,
        published: field.published,
    }
}

/// The type as the macro's own tokens; what stands for one that was reported stays the user's.
fn our_type(ty: &Type) -> TokenStream {
    match ty {
        Type::Verbatim(hole) => hole.clone(),
        ty => spans::our_tokens(ty),
    }
}

fn options(options: &Options, private: &TokenStream) -> TokenStream {
    let site = spans::site();
    let mem = Literal::u64_unsuffixed(options.mem.value);
    let mut given = Vec::new();
    let mut give = |key: &str, value: TokenStream| {
        let key = Ident::new(key, site);
        given.push(quote_spanned!(site=> #key: #value));
    };
    for (key, size) in &options.sizes {
        let bytes = Literal::u64_unsuffixed(size.value);
        give(key, quote_spanned!(site=> ::core::option::Option::Some(#bytes)));
    }
    for (key, ty, choice) in [("restart", "Restart", options.restart), ("kind", "Kind", options.kind)] {
        let Some(choice) = choice else { continue };
        let [ty, choice] = [ty, choice].map(|word| Ident::new(word, site));
        give(key, quote_spanned!(site=> #private::#ty::#choice));
    }
    for (key, number) in &options.counts {
        give(key, quote_spanned!(site=> #number));
    }
    match options.escalation {
        None | Some(Escalation::Stop) => {}
        Some(Escalation::StopWith(code)) => {
            give("escalation", quote_spanned!(site=> #private::Escalation::Stop(#code)));
        }
        Some(Escalation::Reset) => give("escalation", quote_spanned!(site=> #private::Escalation::Reset)),
        Some(Escalation::Abandon) => give("escalation", quote_spanned!(site=> #private::Escalation::Abandon)),
    }
    for (key, time) in &options.times {
        let nanos = Literal::u64_unsuffixed(time.value);
        give(key, quote_spanned!(site=> ::core::time::Duration::from_nanos(#nanos)));
    }
    for (key, time) in &options.limits {
        let nanos = Literal::u64_unsuffixed(time.value);
        give(
            key,
            quote_spanned!(site=> ::core::option::Option::Some(::core::time::Duration::from_nanos(#nanos))),
        );
    }
    if given.is_empty() {
        return quote_spanned!(site=> #private::Options::new(#mem));
    }
    quote_spanned!(site=> #private::Options { #(#given,)* ..#private::Options::new(#mem) })
}

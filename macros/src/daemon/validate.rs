//! Syntax to a daemon: everything that can be wrong is found here, and replaced by something usable.

use super::options::{self, Options};
use super::parse::Input;
use super::publish;
use crate::shared::attrs::{self, Attrs};
use crate::shared::{Errors, Krate};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, ItemStruct, Type, Visibility};

/// A valid daemon.
pub(super) struct Daemon {
    pub(super) krate: Krate,
    pub(super) vis: Visibility,
    pub(super) name: Ident,
    pub(super) attrs: Vec<Attribute>,
    pub(super) fields: Vec<Field>,
    pub(super) options: Options,
}

/// A field of the state.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) attrs: Attrs,
    /// Whether other daemons may read it.
    pub(super) published: bool,
}

pub(super) fn validate(input: Input, errors: &mut Errors) -> Daemon {
    let Input { options, item } = input;
    let krate = options.krate(errors);
    let options = options::check(&options, &item.ident, errors);
    check_attrs(&item.attrs, errors);
    let fields = check_shape(&item, errors);
    Daemon {
        krate,
        vis: item.vis,
        name: item.ident,
        attrs: item.attrs.into_iter().filter(|attr| misplaced(attr).is_none()).collect(),
        fields,
        options,
    }
}

/// Why an attribute cannot stand on a daemon.
fn misplaced(attr: &Attribute) -> Option<String> {
    let name = attrs::name(attr);
    match name.as_str() {
        "derive" => Some(
            "a daemon's struct is only a name: no value of it exists, so nothing can be derived; \
             remove this, or derive on the types of the fields"
                .to_owned(),
        ),
        "repr" => Some("the layout of a daemon's state is fixed by `#[daemon]`: remove this".to_owned()),
        "plain" | "message" => Some(format!(
            "`#[{name}]` is for values, and a daemon is none: remove it, or put the values into a struct of their own"
        )),
        "daemon" => Some("`#[daemon]` is given twice: remove one".to_owned()),
        _ => None,
    }
}

fn check_attrs(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs {
        if let Some(message) = misplaced(attr) {
            errors.on(attr, message);
        }
    }
}

fn check_shape(item: &ItemStruct, errors: &mut Errors) -> Vec<Field> {
    if !item.generics.params.is_empty() {
        errors.on(
            &item.generics,
            "a daemon cannot be generic: its layout is fixed while compiling; \
             name the types, or use type aliases and constants",
        );
        return Vec::new();
    }
    match &item.fields {
        Fields::Named(fields) => fields.named.iter().filter_map(|field| check_field(field, errors)).collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            errors.on(
                fields,
                "a daemon's fields need names, for transactions borrow them by name: `struct Ledger { total: u64 }`",
            );
            Vec::new()
        }
    }
}

fn check_field(field: &syn::Field, errors: &mut Errors) -> Option<Field> {
    let mut attrs = attrs::sort(field.attrs.clone());
    let published = publish::take(&mut attrs, errors);
    for attr in &attrs.others {
        errors.on(
            attr,
            "only documentation, `publish`, `cfg` and lint levels may stand on a daemon's field: remove this",
        );
    }
    if let Some(pointer) = pointer(field.ty.to_token_stream()) {
        errors.at(
            pointer,
            "a field of a daemon lies in shared memory and outlives every process, so it cannot point anywhere: \
             use a value, `Text<N>`, `Array<T, N>` or a ring",
        );
        return None;
    }
    Some(Field { name: field.ident.clone()?, ty: field.ty.clone(), attrs, published })
}

/// The first sign of a reference, raw pointer, function pointer or trait object in a type; not inside of
/// braces, where an expression stands.
fn pointer(ty: TokenStream) -> Option<Span> {
    let mut before_star = false;
    for tree in ty {
        let found = match &tree {
            TokenTree::Punct(punct) if punct.as_char() == '&' => true,
            TokenTree::Ident(ident) if before_star && (ident == "mut" || ident == "const") => true,
            TokenTree::Ident(ident) => ident == "dyn" || ident == "impl" || ident == "fn",
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
                if let Some(span) = pointer(group.stream()) {
                    return Some(span);
                }
                false
            }
            _ => false,
        };
        if found {
            return Some(tree.span());
        }
        before_star = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '*');
    }
    None
}

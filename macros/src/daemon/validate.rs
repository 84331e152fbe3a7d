//! Syntax to a daemon: everything that can be wrong is found here, and replaced by something usable.

use super::options::{self, Options};
use super::parse::Input;
use super::publish;
use crate::shared::attrs::{self, Attrs};
use crate::shared::{Errors, Krate};
use crate::types::{self, Role};
use proc_macro2::Ident;
use syn::{Attribute, Fields, GenericParam, ItemStruct, Type, Visibility};

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
    let fields = check_shape(&item, &krate, errors);
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

fn check_shape(item: &ItemStruct, krate: &Krate, errors: &mut Errors) -> Vec<Field> {
    if !item.generics.params.is_empty() {
        let borrows = item.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)));
        errors.on(
            &item.generics,
            if borrows {
                "a daemon cannot borrow, for its state outlives every process: \
                 use values, `Text<N>`, `Array<T, N>` or a ring"
            } else {
                "a daemon cannot be generic: its layout is fixed while compiling; \
                 name the types, or use type aliases and constants"
            },
        );
        return Vec::new();
    }
    match &item.fields {
        Fields::Named(fields) => {
            fields.named.iter().filter_map(|field| check_field(field, krate, errors)).collect()
        }
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

fn check_field(field: &syn::Field, krate: &Krate, errors: &mut Errors) -> Option<Field> {
    let mut attrs = attrs::sort(field.attrs.clone());
    let published = publish::take(&mut attrs, errors);
    for attr in &attrs.others {
        errors.on(
            attr,
            "only documentation, `publish`, `cfg` and lint levels may stand on a daemon's field: remove this",
        );
    }
    let ty = types::refuse(&field.ty, Role::Daemon, krate, errors).unwrap_or_else(|| field.ty.clone());
    Some(Field { name: field.ident.clone()?, ty, attrs, published })
}

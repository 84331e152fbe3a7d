//! The types of fields as they are written. What is known to fit nowhere is named with what to use instead;
//! what only rustc knows is wrapped so that its verdict is one error, at the type.

mod known;
mod wrap;

use crate::shared::{Errors, Krate};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypePath};

pub(crate) use wrap::{checked, field};

/// What a type is wanted for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// A field of a daemon.
    Daemon,
    /// A part of a plain type, or an element of a collection.
    Plain,
    /// A part of a message.
    Message,
}

/// Reports the first part of `ty` that cannot be what it is wanted for. What is returned then can stand in its
/// place: rustc says of it what was reported, which it shows once, and nothing of what is done with it.
pub(crate) fn refuse(ty: &Type, role: Role, krate: &Krate, errors: &mut Errors) -> Option<Type> {
    let (part, message) = find(ty, role)?;
    let error = syn::Error::new_spanned(part, message);
    let hole = wrap::hole(ty, &error, &krate.private());
    errors.take(error);
    Some(hole)
}

/// The first part of a type that fits nowhere, and why.
fn find(ty: &Type, role: Role) -> Option<(TokenStream, String)> {
    let inner = if role == Role::Daemon { Role::Plain } else { role };
    let why = match ty {
        Type::Group(group) => return find(&group.elem, role),
        Type::Paren(paren) => return find(&paren.elem, role),
        Type::Array(array) => return find(&array.elem, inner),
        Type::Tuple(tuple) => return tuple.elems.iter().find_map(|elem| find(elem, inner)),
        Type::Reference(_) | Type::Ptr(_) | Type::BareFn(_) | Type::TraitObject(_) | Type::ImplTrait(_) => {
            known::pointer(role)
        }
        Type::Slice(slice) => known::slice(&slice.elem),
        Type::Path(path) => match known::path(path, role) {
            Some(why) => why,
            None => return arguments(path, inner).find_map(|(ty, role)| find(ty, role)),
        },
        _ => return None,
    };
    Some((ty.to_token_stream(), why))
}

/// The type arguments, and what they are wanted for. What is `Shared` is no state: there locks are in their place.
fn arguments(path: &TypePath, role: Role) -> impl Iterator<Item = (&Type, Role)> {
    path.path.segments.iter().filter(|segment| segment.ident != "Shared").flat_map(move |segment| {
        let ring = segment.ident == "Consumer" || segment.ident == "Producer";
        let role = if ring { Role::Message } else { role };
        types(&segment.arguments).map(move |ty| (ty, role))
    })
}

fn types(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let list = match arguments {
        PathArguments::AngleBracketed(list) => Some(list.args.iter()),
        _ => None,
    };
    list.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

#[cfg(test)]
mod tests;

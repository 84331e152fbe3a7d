//! The result type: `Ok` commits, `Err` discards.

use super::types::{find_word, no_size, peel};
use crate::shared::{Errors, spans};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, ReturnType, Signature, Type};

/// The result type.
pub(super) struct Outcome {
    pub(super) whole: Type,
    /// `T` and `E` where the type says them.
    pub(super) parts: Option<(Type, Type)>,
}

pub(super) fn check_result(sig: &Signature, errors: &mut Errors) -> Option<Outcome> {
    const REMEDY: &str = "return `Result<T, E>`: `Ok` commits what changed, `Err` discards it";
    let ty = match &sig.output {
        ReturnType::Default => {
            let end = sig.paren_token.span.close();
            errors.at(end, format!("a transaction must say whether to commit: {REMEDY}"));
            return None;
        }
        ReturnType::Type(_, ty) => ty,
    };
    let Type::Path(path) = peel(ty) else {
        errors.on(ty, format!("a transaction cannot return this: {REMEDY}"));
        return None;
    };
    let plain = [
        "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        "isize", "f32", "f64", "Option", "String", "Self",
    ];
    let last = path.path.segments.last()?;
    if plain.iter().any(|name| last.ident == name) && path.path.segments.len() == 1 {
        errors.on(ty, format!("a transaction cannot return `{}`: {REMEDY}", last.ident));
        return None;
    }
    if let Some(span) = find_word(ty.to_token_stream(), "impl") {
        errors.at(
            span,
            "what a transaction returns crosses between processes: name its type instead of `impl`",
        );
        return None;
    }
    let parts = parts(path);
    for part in parts.iter().flat_map(|(ok, err)| [ok, err]) {
        if let Some(what) = no_size(peel(part)) {
            errors.on(
                part,
                format!("{what} has no fixed size, so it cannot be returned: use `Text<N>` or `[T; N]`"),
            );
        }
    }
    Some(Outcome { whole: (**ty).clone(), parts })
}

/// `T` and `E` of what can only be the standard `Result<T, E>`, or an alias with the same two parameters.
fn parts(path: &syn::TypePath) -> Option<(Type, Type)> {
    let names: Vec<String> =
        path.path.segments.iter().map(|segment| spans::plain_name(&segment.ident)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let standard = matches!(names.as_slice(), ["Result"] | ["std" | "core", "result", "Result"]);
    let PathArguments::AngleBracketed(args) = &path.path.segments.last()?.arguments else {
        return None;
    };
    let types = &args.args;
    match (standard && path.qself.is_none(), two(types)) {
        (true, Some((GenericArgument::Type(ok), GenericArgument::Type(err)))) => {
            Some((ok.clone(), err.clone()))
        }
        _ => None,
    }
}

fn two<T, P>(list: &Punctuated<T, P>) -> Option<(&T, &T)> {
    let mut items = list.iter();
    match (items.next(), items.next(), items.next()) {
        (Some(first), Some(second), None) => Some((first, second)),
        _ => None,
    }
}

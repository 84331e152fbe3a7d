//! Types that everybody knows and that fit nowhere, each with what to use instead. Only what is written as std
//! offers it is recognised: another type of the same name has a path, or other arguments.

use super::{Role, types};
use crate::shared::text::compact;
use syn::{PathArguments, Type, TypePath};

/// Numbers and the like, which every bit of is the value's.
pub(super) const PRIMITIVES: [&str; 16] = [
    "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "f32", "f64", "bool", "char",
    "usize", "isize",
];

/// Why nothing may point.
pub(super) fn pointer(role: Role) -> String {
    match role {
        Role::Daemon => {
            "a field of a daemon lies in shared memory and outlives every process, so it cannot point anywhere: \
             use a value, `Text<N>`, `Array<T, N>` or a ring"
        }
        Role::Plain => {
            "a plain value outlives the process that wrote it, so it cannot point anywhere: \
             use a value, `Text<N>` or `[T; N]`"
        }
        Role::Message => {
            "a message crosses to where a pointer means nothing: use a value, `Text<N>` or `[T; N]`"
        }
    }
    .to_owned()
}

pub(super) fn slice(element: &Type) -> String {
    let element = compact(element);
    format!("`[{element}]` has no fixed size: say how many there are at most, such as `[{element}; 16]`")
}

/// Why the type that `path` names does not fit, if it is known.
pub(super) fn path(path: &TypePath, role: Role) -> Option<String> {
    let segments = &path.path.segments;
    let last = segments.last()?;
    let qualified =
        segments.len() > 1 && ["std", "core", "alloc"].iter().any(|name| segments[0].ident == name);
    if path.qself.is_some() || (segments.len() > 1 && !qualified) {
        return None;
    }
    let (whole, arguments): (_, Vec<&Type>) = (compact(last), types(&last.arguments).collect());
    if matches!(&last.arguments, PathArguments::AngleBracketed(all) if all.args.len() > arguments.len()) {
        return None;
    }
    let state = role != Role::Message;
    Some(match (last.ident.to_string().as_str(), &arguments[..]) {
        ("usize", []) => "`usize` has another size on another machine: use `u64` or `u32`".to_owned(),
        ("isize", []) => "`isize` has another size on another machine: use `i64` or `i32`".to_owned(),
        ("String" | "str" | "PathBuf" | "OsString" | "CString", []) => {
            format!(
                "`{whole}` keeps its text in the memory of one process: use `Text<N>`, such as `Text<32>`"
            )
        }
        ("Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "HashSet" | "BTreeSet", [element]) => {
            let room = room(&last.ident.to_string(), element, role);
            format!(
                "`{whole}` keeps its elements in the memory of one process: use room for a fixed number, such as {room}"
            )
        }
        ("HashMap" | "BTreeMap", [key, value]) => {
            let (key, value) = (compact(key), compact(value));
            let room = match role {
                Role::Daemon if last.ident == "HashMap" => format!("`Map<{key}, {value}, 1_000>`"),
                Role::Daemon => format!("`OrderedMap<{key}, {value}, 1_000>`"),
                Role::Plain => format!("`[Entry; 16]` of a `#[plain]` struct of a `{key}` and a `{value}`"),
                Role::Message => format!("`[Option<({key}, {value})>; 16]`"),
            };
            format!(
                "`{whole}` keeps its entries in the memory of one process: use room for a fixed number, such as {room}"
            )
        }
        ("Box" | "Rc" | "Arc", [Type::TraitObject(_) | Type::Slice(_)]) => {
            format!("`{whole}` points into the memory of one process: use a value of fixed size")
        }
        ("Box" | "Rc" | "Arc", [inner]) => {
            let inner = compact(inner);
            format!("`{whole}` points into the memory of one process: write the value itself, `{inner}`")
        }
        ("Cell" | "RefCell" | "Mutex" | "RwLock", [inner]) if state => {
            let inner = compact(inner);
            format!(
                "`{whole}` guards a value, but nothing else can change state that was lent: write the value itself, `{inner}`"
            )
        }
        ("Option", [inner]) if state && is_primitive(inner) => {
            let inner = compact(inner);
            format!(
                "`{whole}` has bytes that mean nothing while there is no value: \
                 use a `{inner}` with a value that means none, or a `bool` beside it"
            )
        }
        ("Duration", []) if state && qualified => {
            format!("`{whole}` has padding: use a `u64` of nanoseconds")
        }
        _ => return None,
    })
}

/// Room for elements.
fn room(collection: &str, element: &Type, role: Role) -> String {
    let element = compact(element);
    if role != Role::Daemon {
        return format!("`[{element}; 16]`");
    }
    match collection {
        "VecDeque" => format!("`Queue<{element}, 1_000>`"),
        "HashSet" => format!("`Map<{element}, (), 1_000>`"),
        "BTreeSet" => format!("`OrderedMap<{element}, (), 1_000>`"),
        _ => format!("`Vector<{element}, 1_000>`"),
    }
}

/// Whether the type is a number, a truth or a character.
pub(super) fn is_primitive(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_primitive(&group.elem),
        Type::Paren(paren) => is_primitive(&paren.elem),
        Type::Path(TypePath { qself: None, path }) => {
            path.get_ident().is_some_and(|ident| PRIMITIVES.iter().any(|name| ident == name))
        }
        _ => false,
    }
}

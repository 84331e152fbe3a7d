use super::{Role, checked, field, refuse};
use crate::shared::text::compact;
use crate::shared::{Errors, Krate};
use proc_macro2::TokenStream;
use quote::quote;

fn said(ty: TokenStream, role: Role) -> String {
    let mut errors = Errors::default();
    let hole = refuse(&syn::parse2(ty).unwrap(), role, &Krate::default(), &mut errors);
    assert_eq!(hole.is_none(), errors.is_empty());
    let messages = errors.messages();
    assert!(messages.len() <= 1, "{messages:?}");
    messages.concat()
}

#[test]
fn each_known_type_has_a_remedy_of_its_own() {
    for (ty, remedy) in [
        (quote!(usize), "use `u64` or `u32`"),
        (quote!([isize; 4]), "use `i64` or `i32`"),
        (quote!(String), "such as `Text<32>`"),
        (quote!(::std::path::PathBuf), "`PathBuf` keeps its text"),
        (quote!(Vec<Order>), "such as `Vector<Order, 1_000>`"),
        (quote!([Vec<Order>; 2]), "such as `[Order; 16]`"),
        (quote!(std::collections::BTreeSet<u8>), "`BTreeSet<u8>` keeps its elements"),
        (quote!(HashMap<u8, [u8; 4]>), "such as `Map<u8, [u8; 4], 1_000>`"),
        (quote!(BTreeMap<u8, u16>), "such as `OrderedMap<u8, u16, 1_000>`"),
        (quote!(VecDeque<u8>), "such as `Queue<u8, 1_000>`"),
        (quote!(Box<u64>), "the value itself, `u64`"),
        (quote!(Arc<dyn Display>), "use a value of fixed size"),
        (quote!(RefCell<u64>), "the value itself, `u64`"),
        (quote!(Option<(u32)>), "a `bool` beside it"),
        (quote!(core::time::Duration), "a `u64` of nanoseconds"),
        (quote!(Array<String, 9>), "`String` keeps"),
        (quote!(Consumer<Vec<u8>, 8>), "such as `[u8; 16]`"),
        (quote!(Consumer<Option<usize>, 8>), "use `u64` or `u32`"),
        (quote!((u8, [u8])), "such as `[u8; 16]`"),
    ] {
        let said = said(ty.clone(), Role::Daemon);
        assert!(said.contains(remedy), "{ty}: {said}");
    }
}

#[test]
fn pointers_are_found_where_they_hide() {
    for ty in [
        quote!(&'static str),
        quote!([&'static u8; 2]),
        quote!(Option<*const u8>),
        quote!((u8, fn())),
        quote!(Array<dyn A, 2>),
        quote!(a::Own<Other<&'static u8>>),
    ] {
        for (role, why) in [
            (Role::Daemon, "point anywhere"),
            (Role::Plain, "point anywhere"),
            (Role::Message, "a pointer means"),
        ] {
            assert!(said(ty.clone(), role).contains(why), "{ty}");
        }
    }
}

#[test]
fn what_only_looks_like_a_known_type_is_left_to_rustc() {
    for ty in [
        quote!(heapless::String),
        quote!(Vec<u8, 4>),
        quote!(own::HashMap<u8, u8>),
        quote!(Duration),
        quote!(Option<NonZeroU32>),
        quote!([u8; usize::MAX]),
        quote!(Consumer<Option<Duration>, 8>),
        quote!([u8; { 7 & 3 }]),
        quote!(Array<function, 2>),
        quote!(<A as B>::String),
        quote!(Shared<(Mutex<u64>, [RwLock<u8>; 2])>),
    ] {
        assert_eq!(said(ty.clone(), Role::Daemon), "", "{ty}");
    }
    for ty in [quote!(Option<u8>), quote!(std::time::Duration), quote!((u8, Option<[u16; 2]>))] {
        assert_eq!(said(ty.clone(), Role::Message), "", "{ty}");
    }
}

#[test]
fn what_is_beyond_doubt_needs_no_proof() {
    let private = quote!(p);
    let proved = |ty: TokenStream| checked(&syn::parse2(ty).unwrap(), &private).map(compact);
    assert_eq!(proved(quote!(u8)), None);
    assert_eq!(proved(quote!([[bool; 2]; N])), None);
    assert_eq!(proved(quote!(a::Own)).unwrap(), "p::Proved<a::Own, { p::plain::<a::Own>() }>");
    assert_eq!(proved(quote!([Own; 2])).unwrap(), "[p::Proved<Own, { p::plain::<Own>() }>; 2]");
    let proved = |ty: TokenStream| field(&syn::parse2(ty).unwrap(), &private).map(compact);
    assert_eq!(proved(quote!(Own)), None);
    assert_eq!(proved(quote!(Array<u64, 9>)), None);
    assert_eq!(proved(quote!(Array<Own, 9>)).unwrap(), "Array<p::Proved<Own, { p::plain::<Own>() }>, 9>");
    assert_eq!(
        proved(quote!(Producer<Own, 9>)).unwrap(),
        "Producer<p::Proved<Own, { p::crosses::<Own>() }>, 9>"
    );
}

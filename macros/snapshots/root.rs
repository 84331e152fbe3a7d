#[cfg(panic = "abort")]
::core::compile_error!(
    "a panic must unwind to be reported and contained: remove `panic = \"abort\"` from the profile"
);
const _: () = {
    #[global_allocator]
    static HEAP: ::perennial::__private::Heap = ::perennial::__private::Heap::new();
    ::perennial::__private::c_heap!();
    ::perennial::__private::c_signals!();
};
fn main() -> ::std::process::ExitCode {
    static TREE: ::perennial::__private::Tree = {
        let _ = <shop::Gateway as ::perennial::__private::State>::FIELDS;
        let _ = <Ledger as ::perennial::__private::State>::FIELDS;
        let _ = <Clock as ::perennial::__private::State>::FIELDS;
        ::perennial::__private::Tree {
            name: match (
                ::core::option_env!("CARGO_BIN_NAME"),
                ::core::option_env!("CARGO_PKG_NAME"),
            ) {
                (::core::option::Option::Some(name), _)
                | (_, ::core::option::Option::Some(name)) => name,
                _ => "root",
            },
            mem: 8388608,
            strategy: ::perennial::__private::Strategy::RestForOne,
            daemons: &[
                ::perennial::__private::Descriptor::of::<shop::Gateway>(),
                ::perennial::__private::Descriptor::of::<Ledger>().after(&[0]),
                ::perennial::__private::Descriptor::of::<Clock>(),
            ],
            rings: &[
                ::perennial::__private::Ring::new::<
                    shop::Gateway,
                    Ledger,
                >((0, "orders"), (1, "orders"), 5u32),
                ::perennial::__private::Ring::new::<
                    Ledger,
                    shop::Gateway,
                >((1, "refunds"), (0, "refunds"), 3u32),
            ],
            setup: ::core::option::Option::Some(|| ::perennial::__private::run_setup(
                files::open,
            )),
        }
    };
    ::perennial::__private::main(&TREE)
}
const _: () = {
    let _ = <shop::Gateway as ::perennial::__private::State>::FIELDS;
    let _ = <Ledger as ::perennial::__private::State>::FIELDS;
    let _ = <Clock as ::perennial::__private::State>::FIELDS;
    ::perennial::__private::root_fits(
        8388608,
        &[
            ::perennial::__private::footprint::<shop::Gateway>(),
            ::perennial::__private::footprint::<Ledger>(),
            ::perennial::__private::footprint::<Clock>(),
        ],
    )
};

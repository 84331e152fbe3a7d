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
    #[repr(usize)]
    enum __Place {
        Gateway0,
        Ledger1,
        Clock2,
    }
    static DAEMONS: [::perennial::__private::Descriptor; 3] = [
        ::perennial::__private::Descriptor::of::<shop::Gateway>(),
        ::perennial::__private::Descriptor::of::<Ledger>()
            .after(&[{ __Place::Gateway0 as usize }]),
        ::perennial::__private::Descriptor::of::<Clock>(),
    ];
    static RINGS: [::perennial::__private::Ring; 3] = {
        ::perennial::__private::check_daemon(&DAEMONS, __Place::Gateway0 as usize);
        ::perennial::__private::check_daemon(&DAEMONS, __Place::Ledger1 as usize);
        ::perennial::__private::check_daemon(&DAEMONS, __Place::Clock2 as usize);
        let rings = [
            ::perennial::__private::Ring::new(
                ::perennial::__private::End::producer(
                    &DAEMONS,
                    __Place::Gateway0 as usize,
                    "orders",
                ),
                ::perennial::__private::End::consumer(
                    &DAEMONS,
                    __Place::Ledger1 as usize,
                    "orders",
                ),
                ::core::option::Option::Some(5u32),
                ::core::option::Option::Some(
                    ::perennial::__private::WhenFull::DropOldest,
                ),
            ),
            ::perennial::__private::Ring::new(
                ::perennial::__private::End::producer(
                    &DAEMONS,
                    __Place::Gateway0 as usize,
                    "orders",
                ),
                ::perennial::__private::End::consumer(
                    &DAEMONS,
                    __Place::Clock2 as usize,
                    "orders",
                ),
                ::core::option::Option::Some(5u32),
                ::core::option::Option::Some(
                    ::perennial::__private::WhenFull::DropOldest,
                ),
            ),
            ::perennial::__private::Ring::new(
                ::perennial::__private::End::producer(
                    &DAEMONS,
                    __Place::Ledger1 as usize,
                    "refunds",
                ),
                ::perennial::__private::End::consumer(
                    &DAEMONS,
                    __Place::Gateway0 as usize,
                    "refunds",
                ),
                ::core::option::Option::None,
                ::core::option::Option::None,
            ),
        ];
        ::perennial::__private::check_wires(
            &DAEMONS,
            &rings,
            __Place::Gateway0 as usize,
        );
        ::perennial::__private::check_wires(&DAEMONS, &rings, __Place::Ledger1 as usize);
        ::perennial::__private::check_wires(&DAEMONS, &rings, __Place::Clock2 as usize);
        rings
    };
    static SUBSCRIPTIONS: [::perennial::__private::Subscription; 1] = [
        ::perennial::__private::Subscription {
            subscriber: __Place::Clock2 as usize,
            publisher: __Place::Ledger1 as usize,
        },
    ];
    const _: () = ::perennial::__private::root_fits(8388608, &DAEMONS);
    static TREE: ::perennial::__private::Tree = ::perennial::__private::Tree {
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
        daemons: &DAEMONS,
        rings: &RINGS,
        subscriptions: &SUBSCRIPTIONS,
        setup: ::core::option::Option::Some(|| ::perennial::__private::run_setup(
            files::open,
        )),
    };
    ::perennial::__private::main(&TREE)
}

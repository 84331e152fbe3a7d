//! `cfg` on entries of `daemons`, `rings` and `depends_on`: what is left is numbered, wired and ordered as if the rest
//! had never been written.
#![deny(warnings)]

mod disk {
    use perennial::prelude::*;

    #[daemon(mem = "1MiB")]
    pub struct Store {
        orders: Consumer<u32, 8>,
    }
    impl Daemon for Store {
        fn run(_: &mut Handle<Self>) -> Outcome {
            Ok(())
        }
    }
}

#[cfg(windows)]
mod cloud {
    pub struct Store;
}

mod shop {
    use perennial::prelude::*;

    #[daemon(mem = "1MiB")]
    pub struct Gateway {
        pub orders: Producer<u32, 8>,
        #[cfg(windows)]
        pub audit: Producer<u64, 8>,
        pub ticks: Consumer<(), 2>,
    }
    impl Daemon for Gateway {
        fn run(_: &mut Handle<Self>) -> Outcome {
            Ok(())
        }
    }

    #[daemon(mem = "1MiB")]
    pub struct Clock {
        ticks: Producer<(), 2>,
    }
    impl Daemon for Clock {
        fn run(_: &mut Handle<Self>) -> Outcome {
            Ok(())
        }
    }
}

/// The tree need only compile: it ends before it starts.
fn end() -> Result<(), std::io::Error> {
    std::process::exit(0)
}

perennial::root! {
    mem = "8MiB";
    setup = end;
    daemons: [
        // Left out, with all that refers to it.
        #[cfg(windows)]
        audit::Audit (depends_on = [Gateway]),
        shop::Gateway (depends_on = [Audit, #[cfg(unix)] Store, #[cfg(windows)] Clock]),
        // One of two of a name.
        #[cfg(windows)]
        cloud::Store,
        #[cfg_attr(unix, cfg(not(windows)))]
        disk::Store,
        // Would be a circle.
        shop::Clock (depends_on = [#[cfg(windows)] Gateway, Store]),
    ];
    rings: [
        Gateway.audit -> Audit.entries,
        Gateway.orders -> Store.orders,
        #[cfg(windows)]
        Clock.ticks -> Store.ticks,
        #[cfg(unix)]
        Clock.ticks -> Gateway.ticks,
    ];
}

//! Every section of `root!`, in another order, with paths.
mod bank {
    use perennial::prelude::*;

    #[daemon(mem = "1MiB")]
    pub struct Ledger {
        pub orders: Consumer<u32, 8>,
        pub refunds: Producer<u32, 8>,
    }
    impl Daemon for Ledger {
        fn run(_: &mut Handle<Self>) -> Outcome {
            Ok(())
        }
    }
}

mod shop {
    use perennial::prelude::*;

    #[daemon(mem = "1MiB")]
    pub(crate) struct Gateway {
        orders: Producer<u32, 8>,
        refunds: Consumer<u32, 8>,
    }
    impl Daemon for Gateway {
        fn run(_: &mut Handle<Self>) -> Outcome {
            Ok(())
        }
    }
}

mod files {
    /// The tree need only compile: it ends before it starts.
    pub fn open() -> Result<(), std::io::Error> {
        std::process::exit(0)
    }
}

perennial::root! {
    rings: [
        Gateway.orders -> Ledger.orders,
        bank::Ledger.refunds -> shop::Gateway.refunds (attempts = 1),
    ];
    daemons: [shop::Gateway, crate::bank::Ledger,];
    setup = files::open;
    name = "shop-1";
    crate = ::perennial;
    strategy = one_for_one;
    mem = "8MiB";
}

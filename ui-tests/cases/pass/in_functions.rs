//! Everything works on items inside a function.
use perennial::prelude::*;

fn main() {
    #[message]
    struct Order {
        cents: u32,
    }

    #[daemon(mem = "1MiB")]
    struct Ledger {
        orders: Consumer<Order, 16>,
        total: u64,
    }

    impl Ledger {
        #[transaction]
        fn add(orders: &mut Consumer<Order, 16>, total: &mut u64) -> Result<(), ()> {
            let _ = orders;
            *total += 1;
            Ok(())
        }
    }
    let _ = (Ledger::add as fn(&mut Handle<Ledger>) -> _, Order { cents: 1 }.cents);
}

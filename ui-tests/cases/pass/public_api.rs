//! A library's daemon: public, with private parts, documented, unused here.
#![deny(missing_docs, unused, private_interfaces, private_bounds)]

/// The module of the daemon.
pub mod bank {
    use perennial::prelude::*;

    #[message]
    struct Order {
        cents: u32,
    }

    /// Keeps accounts.
    #[daemon(mem = "1MiB")]
    pub struct Ledger {
        orders: Consumer<Order, 16>,
        /// Sum of all.
        pub total: u64,
    }

    impl Ledger {
        /// Adds an order.
        ///
        /// # Errors
        /// None.
        #[transaction]
        pub fn add(orders: &mut Consumer<Order, 16>, total: &mut u64) -> Result<u64, u8> {
            if let Some(order) = orders.pop() {
                *total += u64::from(order.cents);
            }
            Ok(*total)
        }
    }
}

fn main() {
    let _ = |state: bank::LedgerMut<'_>| *state.total += 1;
}

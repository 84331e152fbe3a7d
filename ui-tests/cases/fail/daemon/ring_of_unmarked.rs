//! Messages that are none.
use perennial::prelude::*;

struct Order {
    cents: i64,
}

#[daemon(mem = "4MiB")]
struct Ledger {
    orders: Consumer<Order, 8>,
}

fn main() {}

//! A gateway feeds a ledger; either may die at any instruction, and no order is lost or booked twice.
use perennial::prelude::*;

#[message]
struct Order(u32, u32); // account, cents

#[daemon(mem = "128KiB")]
struct Gateway {
    next: u32,
    orders: Producer<Order, 256>,
}

#[daemon(mem = "2MiB")]
struct Ledger {
    orders: Consumer<Order, 256>,
    balance: Array<u64, 1000>,
    booked: u32,
}

impl Ledger {
    /// Books one order in a process of its own: wholly, or not at all.
    #[transaction(timeout = "500ms")]
    fn settle(
        orders: &mut Consumer<Order, 256>,
        balance: &mut Array<u64, 1000>,
        booked: &mut u32,
    ) -> Result<(), ()> {
        let Order(account, cents) = orders.pop().ok_or(())?;
        if account == 666 {
            std::process::abort(); // a transaction may crash: order 666 does so each time
        }
        balance.update(account, |sum| *sum += u64::from(cents)).map_err(drop)?;
        *booked += 1;
        Ok(())
    }
}

impl Daemon for Gateway {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().next < 1000 && me.wait_for(&Wait::new().room())?.is_running() {
            me.change(|s| {
                if s.orders.push(Order(*s.next, 100)).is_ok() {
                    *s.next += 1; // commits together with the push
                }
            })?;
        }
        me.wait_for_stop()
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().booked < 999 && me.wait()?.is_running() {
            if *me.state().booked == 500 && me.generation() == 1 {
                std::process::abort(); // a daemon may crash as well: it goes on where it was
            }
            let _ = Ledger::settle(me); // an order that fails three times is set aside
        }
        let state = me.state();
        info!("{} orders booked, {} set aside", state.booked, state.orders.dead_letters().count());
        me.shutdown(0);
        me.wait_for_stop()
    }
}

root! {
    mem = "4MiB";
    daemons: [Gateway, Ledger];
    rings: [Gateway.orders -> Ledger.orders (attempts = 3)];
}

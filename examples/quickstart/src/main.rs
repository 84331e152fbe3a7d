//! A gateway feeds a ledger; either may die at any instruction, and no order is lost or booked twice.
use perennial::prelude::*;

#[message]
struct Order {
    account: u32,
    cents: u32,
}

#[message]
#[derive(Debug)]
enum Refused {
    Empty,
    NoSuchAccount,
}

#[daemon(mem = "128KiB")]
struct Gateway {
    next: u64,
    orders: Producer<Order, 256>,
}

#[daemon(mem = "2MiB", max_restarts = 100)]
struct Ledger {
    orders: Consumer<Order, 256>,
    balance: Array<u64, 1000>,
    applied: u64,
}

impl Ledger {
    /// Books one order in a process of its own: wholly, or not at all.
    #[transaction(timeout = "500ms")]
    fn settle(
        orders: &mut Consumer<Order, 256>,
        balance: &mut Array<u64, 1000>,
        applied: &mut u64,
    ) -> Result<(), Refused> {
        let order = orders.pop().ok_or(Refused::Empty)?;
        if order.account == 666 {
            unsafe { std::ptr::null_mut::<u32>().write_volatile(1) } // what a bug in a C library does
        }
        balance
            .update(order.account, |cents| *cents += u64::from(order.cents))
            .map_err(|_| Refused::NoSuchAccount)?;
        *applied += 1;
        Ok(())
    }
}

impl Daemon for Gateway {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().next < 1000 && me.wait_for(&Wait::new().room())?.is_running() {
            me.change(|s| {
                let account = *s.next as u32;
                *s.next += u64::from(s.orders.push(Order { account, cents: 100 }).is_ok());
            })?;
        }
        while me.wait()?.is_running() {}
        Ok(())
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().applied < 999 && me.wait()?.is_running() {
            if *me.state().applied == 500 && me.generation() == 1 {
                std::process::abort(); // a daemon may die as well: it goes on where it was
            }
            if let Err(failure) = Ledger::settle(me) {
                warn!("order {} not booked: {failure:?}", me.state().orders.next_position());
            }
        }
        let state = me.state();
        info!("booked {}, set aside {}", state.applied, state.orders.dead_letters().count());
        me.shutdown(0);
        while me.wait_for(&Wait::new())?.is_running() {}
        Ok(())
    }
}

root! {
    mem = "4MiB";
    daemons: [Gateway, Ledger];
    rings: [Gateway.orders -> Ledger.orders (attempts = 3)];
}

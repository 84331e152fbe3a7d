//! The twin, which fails at the same moment as the victim.

use crate::{account, plan};
use perennial::prelude::*;
use perennial_tests::fault::{Fault, Refusal, target};

/// A fault, and the moment to strike.
#[message]
pub struct Order {
    pub fault: u64,
    pub at: u64,
}

#[daemon(
    mem = "512KiB",
    record = "8KiB",
    heap = "64KiB",
    max_restarts = 1000,
    backoff = "1ms",
    max_backoff = "1ms",
    within = "20ms",
    watchdog = "1s",
    resumes = 1000000
)]
pub struct Twin {
    pub orders: Consumer<Order, 8>,
    /// Orders that were taken.
    #[publish]
    pub taken: u64,
    /// What no commit ever changes.
    #[publish]
    pub stray: u64,
    pages: Array<[u8; 3000], 4>,
}

impl Daemon for Twin {
    fn run(me: &mut Handle<Self>) -> Outcome {
        account::of_start("twin", me.generation(), me.start());
        while me.wait()?.is_running() {
            let order = me.change(|s| {
                let order = s.orders.pop();
                *s.taken += u64::from(order.is_some());
                order
            })?;
            let Some(order) = order else { continue };
            let Some(fault) = Fault::ALL.get(order.fault as usize) else { continue };
            target::find(me.state().pages.get(0_u32).map_or(core::ptr::null(), |page| page.as_ptr().cast()));
            account::of_targets("twin");
            plan::await_moment(order.at);
            let failed = me.update(|s| {
                *s.stray += 1;
                fault.strike()?;
                for page in 0..4_u32 {
                    let _ = s.pages.set(page, [1; 3000]);
                }
                Ok::<(), Refusal>(())
            });
            if let Err(failure) = failed {
                return Err(Error::new(format_args!("told to fail: {failure:?}")));
            }
        }
        Ok(())
    }
}

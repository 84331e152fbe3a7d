//! The first figures: what a transaction by fork, a commit and a restart cost, each over its floor.
//!
//! One tree holds three daemons that differ only in the size of their state. The set-up hook forks a driver
//! with the mappings of root, which gives the daemons short batches of work in turn and prints one line a
//! figure. Every batch measures both sides, so that whatever disturbs the machine disturbs both; figures are
//! medians over batches. Everything runs on one core.

mod driver;
mod floor;
mod lane;
mod subject;
mod targets;

use perennial::prelude::*;
use subject::Subject;

/// One element of the state.
pub type Cell = [u8; 64];

macro_rules! daemon_with {
    ($name:ident, $mem:tt, $elements:expr, $lane:expr) => {
        #[doc = concat!("A daemon within ", $mem, ".")]
        #[daemon(mem = $mem, record = "64KiB", heap = "256KiB", max_restarts = 1_000_000, within = "1ms")]
        pub struct $name {
            cells: Array<Cell, { $elements }>,
        }

        impl $name {
            /// What `fork_64B` and its like measure: one element on each of so many pages.
            #[transaction(timeout = "10s")]
            fn put(
                cells: &mut Array<Cell, { $elements }>,
                first: usize,
                count: usize,
                value: Cell,
            ) -> Result<(), ()> {
                (first..first + count)
                    .try_for_each(|n| cells.set(subject::spread::<Self>(n), value))
                    .map_err(|_| ())
            }
        }

        impl $name {
            /// What `retry` measures.
            #[transaction(timeout = "10s", retries = 1)]
            fn put_again(
                cells: &mut Array<Cell, { $elements }>,
                index: usize,
                value: Cell,
            ) -> Result<(), ()> {
                lane::lane($lane).crash_first();
                cells.set(index, value).map_err(|_| ())
            }
        }

        impl Subject for $name {
            const LANE: usize = $lane;
            const ELEMENTS: usize = $elements;

            fn transact(me: &mut Handle<Self>, first: usize, count: usize, value: Cell) -> bool {
                Self::put(me, first, count, value).is_ok()
            }
            fn retry(me: &mut Handle<Self>, index: usize, value: Cell) -> bool {
                Self::put_again(me, index, value).is_ok()
            }
            fn commit(me: &mut Handle<Self>, indexes: &[usize], value: &Cell) -> bool {
                me.update(|s| indexes.iter().try_for_each(|&index| s.cells.set(index, *value))).is_ok()
            }
            fn read(me: &Handle<Self>, index: usize) -> Option<u8> {
                me.state().cells.get(index).map(|cell| cell[0])
            }
        }

        impl Daemon for $name {
            fn run(me: &mut Handle<Self>) -> Outcome {
                subject::run(me)
            }
        }
    };
}

daemon_with!(Small, "6MiB", 4 << 20 >> 6, 0);
daemon_with!(Medium, "66MiB", 64 << 20 >> 6, 1);
daemon_with!(Large, "1026MiB", 1 << 30 >> 6, 2);
daemon_with!(Huge, "4098MiB", 4 << 30 >> 6, 3);

root! {
    name = "figures";
    mem = "5200MiB";
    setup = driver::start;
    daemons: [Small, Medium, Large, Huge];
}

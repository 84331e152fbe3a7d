//! The daemons of the graph, all alike: what each does is in the plan.

use super::turn::Ends;
use super::{Account, Idle, Parcel, RING, Setup, chance, mishap, rest};
use crate::graph::Part;
use crate::plan::Plan;
use perennial::prelude::*;
use perennial::test::Tree;

/// What a node has to say at the end.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub over: bool,
    pub made: u64,
    pub passed: u64,
    pub account: Account,
}

macro_rules! node {
    ($name:ident, $index:literal) => {
        #[daemon(
            mem = "1MiB",
            max_restarts = 1_000_000,
            within = "1s",
            backoff = "1ms",
            max_backoff = "1ms",
            resumes = 1_000_000_000
        )]
        pub struct $name {
            to1: Producer<Parcel, RING>,
            to2: Producer<Parcel, RING>,
            to3: Producer<Parcel, RING>,
            to4: Producer<Parcel, RING>,
            to5: Producer<Parcel, RING>,
            fan: Producer<Parcel, RING>,
            from1: Consumer<Parcel, RING>,
            from2: Consumer<Parcel, RING>,
            from3: Consumer<Parcel, RING>,
            from4: Consumer<Parcel, RING>,
            from5: Consumer<Parcel, RING>,
            fan1: Consumer<Parcel, RING>,
            fan2: Consumer<Parcel, RING>,
            fan3: Consumer<Parcel, RING>,
            made: u64,
            passed: u64,
            account: Account,
            /// Whether it makes no more messages.
            over: bool,
            /// Transactions that came to grief.
            failed: u64,
        }

        impl $name {
            #[transaction(timeout = "300ms")]
            fn turn(
                to1: &mut Producer<Parcel, RING>,
                to2: &mut Producer<Parcel, RING>,
                to3: &mut Producer<Parcel, RING>,
                to4: &mut Producer<Parcel, RING>,
                to5: &mut Producer<Parcel, RING>,
                fan: &mut Producer<Parcel, RING>,
                from1: &mut Consumer<Parcel, RING>,
                from2: &mut Consumer<Parcel, RING>,
                from3: &mut Consumer<Parcel, RING>,
                from4: &mut Consumer<Parcel, RING>,
                from5: &mut Consumer<Parcel, RING>,
                fan1: &mut Consumer<Parcel, RING>,
                fan2: &mut Consumer<Parcel, RING>,
                fan3: &mut Consumer<Parcel, RING>,
                made: &mut u64,
                passed: &mut u64,
                account: &mut Account,
                #[arg] plan: &Plan,
            ) -> Result<(), Idle> {
                mishap(plan.nodes[$index]);
                let out = [to1, to2, to3, to4, to5, fan];
                let from = [from1, from2, from3, from4, from5, fan1, fan2, fan3];
                Ends { out, from, made, passed, account }.turn($index, plan)?;
                mishap(plan.nodes[$index]);
                Ok(())
            }

            fn work(me: &mut Handle<Self>, plan: &Plan) -> Result<(), Failure<Idle>> {
                if chance(100) < plan.nodes[$index].transactions {
                    return Self::turn(me, plan);
                }
                me.update(|s| {
                    let out = [s.to1, s.to2, s.to3, s.to4, s.to5, s.fan];
                    let from = [s.from1, s.from2, s.from3, s.from4, s.from5, s.fan1, s.fan2, s.fan3];
                    let (made, passed, account) = (s.made, s.passed, s.account);
                    Ends { out, from, made, passed, account }.turn($index, plan)
                })
            }
        }

        impl Daemon for $name {
            fn run(me: &mut Handle<Self>) -> Outcome {
                let setup = Setup::of(me)?;
                let plan = &setup.plan;
                let is_source = plan.graph.nodes[$index].part == Part::Source;
                let mut full = false;
                loop {
                    let makes = is_source && !*me.state().over;
                    if !me.wait_for(&patience(makes, full))?.is_running() {
                        return Ok(());
                    }
                    rest(plan.nodes[$index]);
                    if makes && setup.is_over() {
                        me.change(|s| *s.over = true)?;
                    }
                    if is_source && *me.state().over {
                        continue;
                    }
                    let outcome = Self::work(me, plan);
                    full = matches!(outcome, Err(Failure::Task(Idle::Full)));
                    if let Err(Failure::Crashed(_) | Failure::Panicked(_)) = outcome {
                        me.change(|s| *s.failed += 1)?;
                    }
                }
            }
        }

        impl Speaks for $name {
            fn said(s: &Self::Ref<'_>) -> Said {
                Said { over: *s.over, made: *s.made, passed: *s.passed, account: *s.account }
            }
        }
    };
}

node!(Ash, 0);
node!(Birch, 1);
node!(Cedar, 2);
node!(Date, 3);
node!(Elm, 4);
node!(Fir, 5);

/// What a node waits for.
fn patience(makes: bool, full: bool) -> Wait {
    let wait = Wait::new().timeout(Duration::from_millis(if full { 50 } else { 10 }));
    if makes || full { wait.room() } else { wait.messages() }
}

trait Speaks: perennial::state::State {
    fn said(state: &Self::Ref<'_>) -> Said;
}

fn await_of<S: Speaks>(tree: &mut Tree, what: &str, holds: &dyn Fn(&Said) -> bool) -> Said {
    let snapshot = tree.await_state::<S>(what, |state| holds(&S::said(state)));
    S::said(&snapshot.value.state())
}

/// Waits until `holds` of what node `index` has to say, and returns that.
pub fn await_said(tree: &mut Tree, index: usize, what: &str, holds: impl Fn(&Said) -> bool) -> Said {
    let of = [
        await_of::<Ash>,
        await_of::<Birch>,
        await_of::<Cedar>,
        await_of::<Date>,
        await_of::<Elm>,
        await_of::<Fir>,
    ];
    of[index](tree, &format!("{}: {what}", super::DAEMONS[index]), &holds)
}

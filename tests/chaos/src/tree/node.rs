//! The daemons of the graph, all alike: what each does is in the plan.

use super::pulse::{PULSES, Pulse, Senses, beat};
use super::talk::{CALLS, KEPT, Line, Talk};
use super::turn::Ends;
use super::{Account, Idle, Parcel, RING, Setup, chance, mishap, rest};
use crate::graph::Part;
use crate::plan::Plan;
use perennial::calls::{Calls, Reply, Request, Served};
use perennial::prelude::*;
use perennial::test::Tree;

/// What a node has to say at the end.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub over: bool,
    pub made: u64,
    pub passed: u64,
    pub account: Account,
    /// Calls that are not over.
    pub outstanding: usize,
    pub talk: Talk,
    pub senses: Senses,
    pub failed: u64,
}

macro_rules! node {
    ($name:ident, $index:literal, behind $before:ident) => {
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
            asks: Producer<Request<u64>, CALLS>,
            answers: Consumer<Reply<u64>, CALLS>,
            calls: Calls<1>,
            asked: Consumer<Request<u64>, CALLS>,
            replies: Producer<Reply<u64>, CALLS>,
            served: Served<u64, KEPT>,
            talk: Talk,
            pulse: Live<Pulse, PULSES>,
            inbox: LiveReader<Pulse, PULSES>,
            #[publish]
            beat: u64,
            senses: Senses,
            #[publish]
            echo: u64,
            /// Whether it makes no more messages and asks nothing more.
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

            #[transaction(timeout = "300ms")]
            fn talk(
                asks: &mut Producer<Request<u64>, CALLS>,
                answers: &mut Consumer<Reply<u64>, CALLS>,
                calls: &mut Calls<1>,
                asked: &mut Consumer<Request<u64>, CALLS>,
                replies: &mut Producer<Reply<u64>, CALLS>,
                served: &mut Served<u64, KEPT>,
                talk: &mut Talk,
                over: &bool,
                #[arg] plan: &Plan,
            ) -> Result<(), Idle> {
                mishap(plan.nodes[$index]);
                let line = Line { asks, answers, calls, asked, replies, served, talk };
                line.turn($index, plan, !*over);
                mishap(plan.nodes[$index]);
                Ok(())
            }

            /// All that has nothing to do with messages.
            fn live(me: &mut Handle<Self>, plan: &Plan) -> Result<(), Failure<Idle>> {
                let shown = me.snapshot::<$before>(Duration::from_millis(1));
                let shown = shown.map(|shown| (shown.value.beat, shown.value.echo));
                me.update(|s| {
                    s.senses.look(shown);
                    s.senses.feel(s.inbox);
                    beat(s.pulse, s.beat, s.echo, plan);
                    Ok::<_, Idle>(())
                })?;
                if chance(100) < plan.nodes[$index].transactions {
                    return Self::talk(me, plan);
                }
                me.update(|s| {
                    let (asks, answers, calls) = (s.asks, s.answers, s.calls);
                    let (asked, replies, served, talk) = (s.asked, s.replies, s.served, s.talk);
                    let line = Line { asks, answers, calls, asked, replies, served, talk };
                    line.turn($index, plan, !*s.over);
                    Ok(())
                })
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
                let part = plan.graph.nodes[$index].part;
                let mut full = false;
                loop {
                    let over = *me.state().over;
                    let makes = part == Part::Source && !over;
                    if !me.wait_for(&patience(makes, full))?.is_running() {
                        return Ok(());
                    }
                    rest(plan.nodes[$index]);
                    if setup.is_over() && !over {
                        me.change(|s| *s.over = true)?;
                    }
                    if !me.state().asked.is_empty() || !me.state().answers.is_empty() || chance(8) == 0 {
                        let outcome = Self::live(me, plan);
                        if has_failed(&outcome) {
                            me.change(|s| *s.failed += 1)?;
                        }
                    }
                    if part == Part::Source && *me.state().over {
                        continue;
                    }
                    let outcome = Self::work(me, plan);
                    full = matches!(outcome, Err(Failure::Task(Idle::Full)));
                    if has_failed(&outcome) {
                        me.change(|s| *s.failed += 1)?;
                    }
                }
            }
        }

        impl Speaks for $name {
            fn said(s: &Self::Ref<'_>) -> Said {
                Said {
                    over: *s.over,
                    made: *s.made,
                    passed: *s.passed,
                    account: *s.account,
                    outstanding: s.calls.len(),
                    talk: *s.talk,
                    senses: *s.senses,
                    failed: *s.failed,
                }
            }
        }
    };
}

node!(Ash, 0, behind Fir);
node!(Birch, 1, behind Ash);
node!(Cedar, 2, behind Birch);
node!(Date, 3, behind Cedar);
node!(Elm, 4, behind Date);
node!(Fir, 5, behind Elm);

/// Whether a transaction came to grief.
fn has_failed(outcome: &Result<(), Failure<Idle>>) -> bool {
    matches!(outcome, Err(Failure::Crashed(_) | Failure::Panicked(_)))
}

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

//! Calls: each node asks the next one a number, again and again, and answers the one before it. Each number is carried out
//! once and in order, however often somebody dies and however little time a call has.

use crate::defect::Defect;
use crate::plan::{Plan, mix};
use perennial::calls::{Calls, Done, End, Refusal, Reply, Request, Served, Turn};
use perennial::prelude::*;

/// Messages that a ring of calls holds.
pub const CALLS: usize = 8;
/// Newest answers that are kept.
pub const KEPT: usize = 4;

/// The call that a broken node forgets to have carried out.
const BROKEN: u64 = 2;
/// Of calls, the one that has next to no time.
const HURRIED: u64 = 7;

/// What a node knows of its calls.
#[plain]
#[derive(Debug, PartialEq, Eq)]
pub struct Talk {
    /// The number that it asks, or will ask next.
    pub asked: u64,
    /// The number that it must be asked next.
    pub served: u64,
    /// Answers and questions that were not what they must be.
    pub wrong: u64,
}

/// Both sides of a node's calls.
pub struct Line<'a> {
    pub asks: &'a mut Producer<Request<u64>, CALLS>,
    pub answers: &'a mut Consumer<Reply<u64>, CALLS>,
    pub calls: &'a mut Calls<1>,
    pub asked: &'a mut Consumer<Request<u64>, CALLS>,
    pub replies: &'a mut Producer<Reply<u64>, CALLS>,
    pub served: &'a mut Served<u64, KEPT>,
    pub talk: &'a mut Talk,
}

/// What node `server` answers to `number`.
fn answer(plan: &Plan, server: usize, number: u64) -> u64 {
    mix(plan.seed ^ 0xca11 ^ server as u64, number)
}

impl Line<'_> {
    /// One turn of node `me`, which asks anything new only if `asks_more`.
    pub fn turn(mut self, me: usize, plan: &Plan, asks_more: bool) {
        // Who has no room to ask again must not learn yet that a call is over.
        if self.asks.room() > 0 {
            self.hear(me, plan);
        }
        if asks_more && self.calls.is_empty() {
            let number = self.talk.asked;
            let time = if number.is_multiple_of(HURRIED) { 1 } else { 500 };
            // With no room now it is asked in a later turn.
            let _ = self.calls.ask(self.asks, number, Duration::from_millis(time));
        }
        self.serve(me, plan);
    }

    fn hear(&mut self, me: usize, plan: &Plan) {
        let Some(Done { id, end }) = self.calls.next(self.answers) else { return };
        match end {
            End::Answered(answered) => {
                let next = (me + 1) % crate::graph::NODES;
                self.talk.wrong += u64::from(answered != answer(plan, next, self.talk.asked));
                self.talk.asked += 1;
            }
            // It was not carried out: the same number is asked anew.
            End::Refused(Refusal::Expired) => {}
            End::Refused(_) => self.talk.wrong += 1,
            // Nobody knows whether it was carried out: the same call is repeated.
            End::TimedOut => {
                let _ = self.calls.ask_again(self.asks, id, self.talk.asked, Duration::from_secs(2));
            }
        }
    }

    fn serve(&mut self, me: usize, plan: &Plan) {
        for _ in 0..CALLS {
            let turn = self.served.serve(self.asked, self.replies, |number| {
                self.talk.wrong += u64::from(number != self.talk.served);
                let forgets = plan.defect == Some(Defect::Forget) && number == BROKEN;
                self.talk.served = if forgets { number } else { number + 1 };
                Ok(answer(plan, me, number))
            });
            if matches!(turn, Turn::Idle | Turn::Full) {
                return;
            }
        }
    }
}

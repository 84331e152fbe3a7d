//! What a node does with messages in one turn: makes them, passes them on, or keeps account of them.

use super::{Account, Idle, Parcel, RING};
use crate::defect::Defect;
use crate::graph::{INPUTS, Part, START, WAYS, fresh, onward, stamped, waits};
use crate::plan::Plan;
use perennial::prelude::*;

/// The message of which a broken node makes something else.
const BROKEN: u64 = 10;

/// A node's state, as far as messages go.
pub struct Ends<'a> {
    pub out: [&'a mut Producer<Parcel, RING>; WAYS],
    pub from: [&'a mut Consumer<Parcel, RING>; INPUTS],
    /// Messages that it made.
    pub made: &'a mut u64,
    /// Messages that it passed on.
    pub passed: &'a mut u64,
    pub account: &'a mut Account,
}

impl Ends<'_> {
    /// One turn of node `me`.
    pub fn turn(mut self, me: usize, plan: &Plan) -> Result<(), Idle> {
        for done in 0..plan.nodes[me].batch {
            let outcome = match plan.graph.nodes[me].part {
                Part::Source => self.make(me, plan),
                Part::Worker => self.pass(me, plan),
                Part::Sink => self.keep(me, plan),
                Part::Idle => Err(Idle::Empty),
            };
            match outcome {
                // What was done before is worth keeping.
                Err(Idle::Empty | Idle::Full) if done > 0 => return Ok(()),
                other => other?,
            }
        }
        Ok(())
    }

    fn make(&mut self, me: usize, plan: &Plan) -> Result<(), Idle> {
        let number = *self.made;
        let ways = plan.graph.ways_of(me, me, number);
        self.await_room(me, ways, 1)?;
        let parcel = Parcel { origin: me as u8, path: START, number, word: fresh(plan.seed, me, number) };
        self.push(me, ways, parcel)?;
        *self.made += 1;
        Ok(())
    }

    fn pass(&mut self, me: usize, plan: &Plan) -> Result<(), Idle> {
        let (input, parcel) = self.next().ok_or(Idle::Empty)?;
        // One node that is broken is enough.
        let broken = plan.graph.all(Part::Worker).next() == Some(me) && *self.passed == BROKEN;
        let broken = if broken { plan.defect } else { None };
        let copies = match broken {
            Some(Defect::Lose) => 0,
            Some(Defect::Twice) => 2,
            _ => 1,
        };
        let ways = plan.graph.ways_of(me, parcel.origin.into(), parcel.number);
        self.await_room(me, ways, copies)?;
        let mut parcel = parcel;
        self.from[input].pop();
        parcel.path = onward(parcel.path, input);
        if broken == Some(Defect::Swap) {
            parcel.word += 1;
        }
        for _ in 0..copies {
            self.push(me, ways, parcel)?;
        }
        *self.passed += 1;
        Ok(())
    }

    fn keep(&mut self, me: usize, plan: &Plan) -> Result<(), Idle> {
        let (input, mut parcel) = self.next().ok_or(Idle::Empty)?;
        self.from[input].pop();
        parcel.path = onward(parcel.path, input);
        self.account.book(&plan.graph, me, parcel);
        *self.passed += 1;
        Ok(())
    }

    /// A message and the way that it has come, which is left there. Ways take turns, so that none waits for ever.
    fn next(&self) -> Option<(usize, Parcel)> {
        let first = (*self.passed % INPUTS as u64) as usize;
        let mut inputs = (0..INPUTS).map(|place| (first + place) % INPUTS);
        inputs.find_map(|input| Some((input, self.from[input].peek()?)))
    }

    /// Looks for room where a push would not wait for it.
    fn await_room(&self, me: usize, ways: &[usize], copies: usize) -> Result<(), Idle> {
        let full = |way: usize| !waits(me, way) && self.out[way].room() < copies;
        if ways.iter().any(|way| full(*way)) { Err(Idle::Full) } else { Ok(()) }
    }

    fn push(&mut self, me: usize, ways: &[usize], parcel: Parcel) -> Result<(), Idle> {
        for &way in ways {
            let parcel = Parcel { word: stamped(parcel.word, me, way), ..parcel };
            // In vain where somebody stops the tree: then nothing of this turn is kept.
            self.out[way].push(parcel).map_err(|_| Idle::Stopped)?;
        }
        Ok(())
    }
}

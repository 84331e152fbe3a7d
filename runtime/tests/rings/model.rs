//! A producer and two consumers against counts of messages: random batches, commits, discards, deaths, failed attempts,
//! replays, rollbacks and resets. The message at each position is the position, so whatever is taken says itself whether
//! it is the right one.

use perennial::prelude::*;
use perennial::state::{Attempt, WhenFull};
use proptest::prelude::*;
use std::collections::VecDeque;

const N: u64 = 7;
const D: usize = 3;
const ATTEMPTS: u32 = 2;

#[daemon(mem = "256KiB")]
struct Source {
    out: Producer<u64, 7>,
    note: u64,
}

#[daemon(mem = "256KiB")]
struct Sink {
    inbox: Consumer<u64, 7, 3>,
    taken: u64,
}

#[derive(Clone, Copy, Debug)]
enum Push {
    One,
    /// All or none of so many.
    All(u64),
    /// As many of so many as there is room for.
    Some(u64),
}

#[derive(Clone, Copy, Debug)]
enum Pop {
    One,
    Peek,
    Iter(usize),
    Slice(usize),
    Refuse,
    Replay(usize),
    TakeLetter,
}

#[derive(Clone, Copy, Debug)]
pub enum How {
    Commit,
    Discard,
    /// After the commit point, when so many bytes of the image were up to date.
    Die(usize),
}

#[derive(Clone, Debug)]
enum Step {
    Push(How, Vec<Push>),
    Pop(usize, How, Vec<Pop>),
    Fail(usize),
    /// Of the source (2) or of a sink.
    Rollback(usize, usize),
    Reset(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let how = || prop_oneof![6 => Just(How::Commit), 1 => Just(How::Discard), 2 => (0..200_usize).prop_map(How::Die)];
    let push =
        prop_oneof![Just(Push::One), (0..10_u64).prop_map(Push::All), (0..10_u64).prop_map(Push::Some)];
    let pop = prop_oneof![
        4 => Just(Pop::One),
        1 => Just(Pop::Peek),
        1 => (0..9_usize).prop_map(Pop::Iter),
        1 => (0..9_usize).prop_map(Pop::Slice),
        2 => Just(Pop::Refuse),
        2 => (0..4_usize).prop_map(Pop::Replay),
        1 => Just(Pop::TakeLetter),
    ];
    prop_oneof![
        6 => (how(), proptest::collection::vec(push, 0..5)).prop_map(|(how, ops)| Step::Push(how, ops)),
        8 => (0..2_usize, how(), proptest::collection::vec(pop, 0..6))
            .prop_map(|(who, how, ops)| Step::Pop(who, how, ops)),
        3 => (0..2_usize).prop_map(Step::Fail),
        1 => (0..3_usize, 0..3_usize).prop_map(|(who, count)| Step::Rollback(who, count)),
        1 => (0..3_usize).prop_map(Step::Reset),
    ]
}

/// A consumer as it must be.
#[derive(Clone, Debug, Default)]
struct Model {
    position: u64,
    missed: u64,
    /// Positions of dead letters with their attempts.
    letters: VecDeque<(u64, u32)>,
    replays: usize,
    /// At which message attempts have failed, and how many.
    failed: (u64, u32),
}

impl Model {
    /// The next message, and whether it is a letter.
    fn next(&self, published: u64, drops: bool) -> Option<(u64, bool)> {
        if self.replays > 0 {
            return Some((self.letters[0].0, true));
        }
        let oldest = if drops { published.saturating_sub(N) } else { 0 };
        let at = self.position.max(oldest);
        (at < published).then_some((at, false))
    }

    fn attempts(&self, at: u64) -> u32 {
        if self.failed.0 == at { self.failed.1 } else { 0 }
    }

    fn pass(&mut self, (at, letter): (u64, bool)) {
        if letter {
            self.letters.pop_front();
            self.replays -= 1;
        } else {
            self.missed += at - self.position;
            self.position = at + 1;
        }
    }

    fn set_aside(&mut self, next: (u64, bool)) -> bool {
        if !next.1 && self.letters.len() == D {
            return false;
        }
        let attempts = self.attempts(next.0);
        self.pass(next);
        self.letters.push_back((next.0, attempts));
        self.failed.1 = 0;
        true
    }

    fn fail(&mut self, published: u64, drops: bool) -> Attempt {
        let Some(next) = self.next(published, drops) else { return Attempt::Ignored };
        let before = self.attempts(next.0);
        if before < ATTEMPTS {
            self.failed = (next.0, before + 1);
            if before + 1 < ATTEMPTS {
                return Attempt::Counted;
            }
        }
        if self.set_aside(next) { Attempt::SetAside } else { Attempt::NoRoom }
    }

    fn carry_out(
        &mut self,
        it: &mut Consumer<u64, 7, 3>,
        op: Pop,
        published: u64,
        drops: bool,
    ) -> Result<(), TestCaseError> {
        let take = |model: &mut Self| {
            let next = model.next(published, drops);
            next.inspect(|next| model.pass(*next)).map(|(at, _)| at)
        };
        match op {
            Pop::One => prop_assert_eq!(it.pop(), take(self)),
            Pop::Peek => prop_assert_eq!(it.peek(), self.next(published, drops).map(|(at, _)| at)),
            Pop::Iter(count) => {
                let got: Vec<u64> = it.pop_iter().take(count).collect();
                let wanted: Vec<u64> = core::iter::from_fn(|| take(self)).take(count).collect();
                prop_assert_eq!(got, wanted);
            }
            Pop::Slice(count) => {
                let mut got = vec![0; count];
                let len = it.pop_slice(&mut got);
                let wanted: Vec<u64> = core::iter::from_fn(|| take(self)).take(count).collect();
                prop_assert_eq!(&got[..len], &wanted[..]);
            }
            Pop::Refuse => {
                let wanted = self.next(published, drops).is_some_and(|next| self.set_aside(next));
                prop_assert_eq!(it.refuse(), wanted);
            }
            Pop::Replay(count) => {
                let more = count.min(self.letters.len() - self.replays);
                self.replays += more;
                prop_assert_eq!(it.replay_dead_letters(count), more);
            }
            Pop::TakeLetter => {
                let wanted = self.letters.pop_front();
                self.replays = self.replays.saturating_sub(usize::from(wanted.is_some()));
                prop_assert_eq!(
                    it.take_dead_letter().map(|letter| (letter.position, letter.attempts)),
                    wanted
                );
            }
        }
        self.compare(it, published, drops)
    }

    fn compare(&self, it: &Consumer<u64, 7, 3>, published: u64, drops: bool) -> Result<(), TestCaseError> {
        let next = self.next(published, drops).map_or(self.position, |(at, _)| at);
        prop_assert_eq!(it.next_position(), next);
        prop_assert_eq!(it.attempts(), self.attempts(next));
        let lag = published - self.position;
        prop_assert_eq!((it.lag(), it.len()), (lag, lag.min(N) as usize + self.replays));
        prop_assert_eq!((it.missed(), it.replays()), (self.missed, self.replays));
        let letters: Vec<_> = it.dead_letters().map(|letter| (letter.message, letter.attempts)).collect();
        let wanted: Vec<_> = self.letters.iter().map(|(at, attempts)| (Some(*at), *attempts)).collect();
        prop_assert_eq!(letters, wanted);
        Ok(())
    }
}

fn push(it: &mut Producer<u64, 7>, op: Push, room: u64) -> Result<u64, TestCaseError> {
    let next = it.next_position();
    let messages = |count: u64| (next..next + count).collect::<Vec<u64>>();
    prop_assert_eq!(it.room() as u64, room);
    Ok(match op {
        Push::One => {
            prop_assert_eq!(it.push(next), if room > 0 { Ok(()) } else { Err(Full(next)) });
            1.min(room)
        }
        Push::All(count) => {
            let fits = count <= room;
            prop_assert_eq!(it.extend_from_slice(&messages(count)).is_ok(), fits);
            if fits { count } else { 0 }
        }
        Push::Some(count) => {
            prop_assert_eq!(it.push_slice(&messages(count)) as u64, count.min(room));
            count.min(room)
        }
    })
}

/// Runs `change` on `state` in one of the ways; whether it was committed.
pub fn run<S: perennial::state::State>(
    state: &mut Scratch<S>,
    how: How,
    change: impl FnOnce(S::Mut<'_>) -> Result<(), TestCaseError>,
) -> Result<bool, TestCaseError> {
    let mut verdict = Ok(());
    let kept = |outcome: Result<(), TestCaseError>| match (how, outcome) {
        (How::Discard, Ok(())) => Err(None),
        (_, outcome) => outcome.map_err(Some),
    };
    let outcome = match how {
        How::Die(torn) => state.update_dying(torn, |s| kept(change(s))),
        How::Commit | How::Discard => state.update(|s| kept(change(s))),
    };
    let committed = match outcome {
        Ok(()) => true,
        Err(Failure::Task(why)) => {
            verdict = why.map_or(Ok(()), Err);
            false
        }
        Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
    };
    verdict.map(|()| committed)
}

fn play(when_full: WhenFull, steps: &[Step]) -> Result<(), TestCaseError> {
    let drops = when_full == WhenFull::DropOldest;
    let mut source = Scratch::<Source>::new();
    let mut sinks = [Scratch::<Sink>::new(), Scratch::<Sink>::new()];
    for sink in &mut sinks {
        source.connect("out", sink, "inbox", when_full, ATTEMPTS);
    }
    let mut published = 0_u64;
    let mut models = [Model::default(), Model::default()];
    for step in steps {
        match step {
            Step::Push(how, ops) => {
                let mut pushed = 0;
                let slowest = models.iter().map(|model| model.position).min().unwrap_or(0);
                let committed = run(&mut source, *how, |s| {
                    *s.note += 1;
                    ops.iter().try_for_each(|op| {
                        let taken = if drops { 0 } else { published - slowest };
                        pushed += push(s.out, *op, N - taken - pushed)?;
                        Ok(())
                    })
                })?;
                published += if committed { pushed } else { 0 };
            }
            Step::Pop(who, how, ops) => {
                let mut model = models[*who].clone();
                let committed = run(&mut sinks[*who], *how, |s| {
                    *s.taken += 1;
                    ops.iter().try_for_each(|op| model.carry_out(s.inbox, *op, published, drops))
                })?;
                if committed {
                    models[*who] = model;
                }
            }
            Step::Fail(who) => {
                prop_assert_eq!(sinks[*who].fail_attempt(), models[*who].fail(published, drops));
            }
            Step::Rollback(who, count) => match sinks.get_mut(*who) {
                Some(sink) => drop(sink.rollback(*count)),
                None => drop(source.rollback(*count)),
            },
            Step::Reset(who) => match sinks.get_mut(*who) {
                Some(sink) => sink.reset(),
                None => source.reset(),
            },
        }
        for (sink, model) in sinks.iter().zip(&models) {
            model.compare(sink.state().inbox, published, drops)?;
        }
        prop_assert_eq!(source.state().out.next_position(), published);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn rings_that_refuse_hold_what_the_model_holds(steps in proptest::collection::vec(step(), 1..60)) {
        play(WhenFull::Refuse, &steps)?;
    }

    #[test]
    fn rings_that_drop_the_oldest_hold_what_the_model_holds(steps in proptest::collection::vec(step(), 1..60)) {
        play(WhenFull::DropOldest, &steps)?;
    }
}

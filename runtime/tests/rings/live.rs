//! Live rings: against a model, and what they promise beside that.

use crate::model::{How, run};
use perennial::prelude::*;
use proptest::prelude::*;

const N: u64 = 5;

/// No multiple of a word.
type Value = [u8; 13];

#[daemon(mem = "128KiB")]
struct Engine {
    turns: u64,
    speed: Live<Value, 5>,
    heat: Live<u16, 3>,
}

#[daemon(mem = "128KiB")]
struct Panel {
    speed: LiveReader<Value, 5>,
    read: u64,
}

/// The value that is pushed at `position`.
fn value(position: u64) -> Value {
    core::array::from_fn(|at| (position.wrapping_mul(0x9e37_79b9) >> at) as u8 ^ position as u8)
}

#[derive(Clone, Debug)]
enum Step {
    /// So many in one call or one by one, in a change that is then committed or not.
    Push(How, bool, u64),
    Read(usize, How, usize),
    /// Of the engine (2) or of a panel.
    Rollback(usize, usize),
    Reset(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let how = || prop_oneof![3 => Just(How::Commit), 1 => Just(How::Discard), 1 => (0..60_usize).prop_map(How::Die)];
    prop_oneof![
        5 => (how(), any::<bool>(), 0..9_u64).prop_map(|(how, batch, count)| Step::Push(how, batch, count)),
        6 => (0..2_usize, how(), 0..7_usize).prop_map(|(who, how, count)| Step::Read(who, how, count)),
        1 => (0..3_usize, 0..3_usize).prop_map(|(who, count)| Step::Rollback(who, count)),
        1 => (0..3_usize).prop_map(Step::Reset),
    ]
}

/// A reader as it must be.
#[derive(Clone, Copy, Debug, Default)]
struct Model {
    position: u64,
    missed: u64,
}

impl Model {
    fn next(&self, written: u64) -> u64 {
        self.position.max(written.saturating_sub(N))
    }

    fn read(&mut self, written: u64) -> Option<Value> {
        let at = self.next(written);
        if at >= written {
            return None;
        }
        self.missed += at - self.position;
        self.position = at + 1;
        Some(value(at))
    }
}

fn play(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut engine = Scratch::<Engine>::new();
    let mut panels = [(); 2].map(|()| Scratch::<Panel>::wired("speed", &engine, "speed"));
    let mut models = [Model::default(); 2];
    let mut written = 0;
    for step in steps {
        match step {
            Step::Push(how, batch, count) => {
                let values: Vec<Value> = (written..written + count).map(value).collect();
                run(&mut engine, *how, |s| {
                    *s.turns += 1;
                    if *batch {
                        s.speed.extend_from_slice(&values);
                    } else {
                        for value in &values {
                            s.speed.push(*value);
                        }
                    }
                    s.heat.push(7);
                    Ok(())
                })?;
                // Whatever became of the change around it.
                written += count;
            }
            Step::Read(who, how, count) => {
                let mut model = models[*who];
                let wanted: Vec<Value> = (0..*count).map_while(|_| model.read(written)).collect();
                let committed = run(&mut panels[*who], *how, |s| {
                    *s.read += 1;
                    let got: Vec<Value> = s.speed.pop_iter().take(*count).collect();
                    prop_assert_eq!(got, wanted);
                    Ok(())
                })?;
                if committed {
                    models[*who] = model;
                }
            }
            Step::Rollback(who, count) => match panels.get_mut(*who) {
                Some(panel) => drop(panel.rollback(*count)),
                None => drop(engine.rollback(*count)),
            },
            Step::Reset(who) => match panels.get_mut(*who) {
                Some(panel) => panel.reset(),
                None => engine.reset(),
            },
        }
        prop_assert_eq!(engine.state().speed.next_position(), written);
        for (panel, model) in panels.iter().zip(&models) {
            let it = panel.state().speed;
            prop_assert_eq!((it.next_position(), it.missed()), (model.next(written), model.missed));
            prop_assert_eq!(it.len() as u64, (written - model.position).min(N));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn live_rings_hold_what_the_model_holds(steps in proptest::collection::vec(step(), 1..60)) {
        play(&steps)?;
    }
}

#[test]
fn a_reader_reads_what_a_change_pushes_that_is_not_committed_yet() {
    let mut engine = Scratch::<Engine>::new();
    let mut panel = Scratch::<Panel>::wired("speed", &engine, "speed");
    let before = engine.sequence();
    engine
        .update(|s| {
            s.speed.push(value(0));
            let read = panel.update(|s| Ok::<_, ()>(s.speed.pop())).unwrap();
            assert_eq!(read, Some(value(0)));
            Ok::<_, ()>(())
        })
        .unwrap();
    assert_eq!(engine.sequence(), before, "nothing was committed");
    assert_eq!(engine.record_used(), 0);
}

#[test]
fn what_a_damaged_transaction_says_it_has_read_stays_within_what_there_is() {
    let mut random = 0x9e37_79b9_u32;
    for round in 0..200 {
        let mut engine = Scratch::<Engine>::new();
        let mut panel = Scratch::<Panel>::wired("speed", &engine, "speed");
        for count in 1..8 {
            engine
                .update(|s| {
                    s.speed.extend_from_slice(&[value(0); 3]);
                    Ok::<_, ()>(())
                })
                .unwrap();
            let mut damage = |bytes: &mut [u8]| {
                for byte in bytes.iter_mut() {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if random >> 29 == 0 {
                        *byte ^= (random >> 16) as u8;
                    }
                }
            };
            let _ = panel.update_damaged(&mut damage, |s| Ok::<_, ()>(s.speed.pop()));
            assert!(panel.state().speed.next_position() <= 3 * count, "round {round}");
            assert!(panel.update(|s| Ok::<_, ()>(s.speed.pop_iter().count())).unwrap() <= 5);
        }
    }
}

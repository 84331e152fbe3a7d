//! `Pool` against an ordered map from handles to owners and values.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const ROOM: usize = 9;

#[daemon(mem = "1MiB", record = "2KiB", history = "64KiB")]
struct Server {
    it: Pool<u32, ROOM>,
}

/// Generation first, so that younger ones are greater.
type Key = (u64, u64);

fn key(slot: Slot<u32>) -> Key {
    let mut bytes = [0; 16];
    slot.encode(&mut bytes);
    let (generation, place) = bytes.split_at(8);
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    (word(generation), word(place))
}

fn slot((generation, place): Key) -> Slot<u32> {
    let bytes = [generation.to_le_bytes(), place.to_le_bytes()].concat();
    Slot::decode(&bytes).expect("a handle")
}

#[derive(Clone, Debug, Default)]
struct Model {
    live: BTreeMap<Key, (u64, u32)>,
    gone: Vec<Key>,
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.live == other.live
    }
}

impl Model {
    /// One of those that are there, if any, or of those that are gone, or none.
    fn pick(&self, index: usize) -> Slot<u32> {
        let all = self.live.keys().chain(&self.gone);
        let count = self.live.len() + self.gone.len();
        all.copied().nth(index % (count + 1)).map_or(Slot::NONE, slot)
    }

    fn remove(&mut self, key: Key) -> Option<u32> {
        let (_, value) = self.live.remove(&key)?;
        self.gone.push(key);
        Some(value)
    }

    fn of(&self, owner: u64) -> Vec<Key> {
        let theirs = self.live.iter().rev().filter(|(_, there)| there.0 == owner && owner != 0);
        theirs.map(|(key, _)| *key).collect()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u64, u32),
    Remove(usize),
    Set(usize, u32),
    Update(usize),
    Release(u64),
    Clear,
}

struct AgainstMap;

impl Subject for AgainstMap {
    type It = Pool<u32, ROOM>;
    type State = Server;
    type Model = Model;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        // More owners than chains, so that some share one.
        prop_oneof![
            8 => (0..12_u64, any::<u32>()).prop_map(|(owner, value)| Op::Insert(owner, value)),
            6 => any::<usize>().prop_map(Op::Remove),
            2 => any::<(usize, u32)>().prop_map(|(at, value)| Op::Set(at, value)),
            2 => any::<usize>().prop_map(Op::Update),
            2 => (0..12_u64).prop_map(Op::Release),
            1 => Just(Op::Clear),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut Model, op: &Op) -> Result<(), TestCaseError> {
        let stale = CollectionError::Stale;
        match *op {
            Op::Insert(owner, value) if model.live.len() == ROOM => {
                prop_assert_eq!(it.insert_for(owner, value), Err(InsertError::Full(value)));
            }
            Op::Insert(owner, value) => {
                let done = if owner == 0 { it.insert(value) } else { it.insert_for(owner, value) };
                let new = key(done.map_err(|error| TestCaseError::fail(error.to_string()))?);
                prop_assert!(!model.gone.contains(&new), "a handle was given twice");
                prop_assert_eq!(model.live.insert(new, (owner, value)), None);
            }
            Op::Remove(at) => {
                let slot = model.pick(at);
                prop_assert_eq!(it.remove(slot), model.remove(key(slot)).ok_or(stale));
            }
            Op::Set(at, value) => {
                let slot = model.pick(at);
                let done = model.live.get_mut(&key(slot)).map(|there| there.1 = value).ok_or(stale);
                prop_assert_eq!(it.set(slot, value), done);
            }
            Op::Update(at) => {
                let slot = model.pick(at);
                let done = model.live.get_mut(&key(slot)).map(|there| there.1 ^= 1).ok_or(stale);
                prop_assert_eq!(it.update(slot, |there| *there ^= 1), done);
            }
            Op::Release(owner) => {
                let theirs = model.of(owner);
                prop_assert_eq!(it.release_owned_by(owner), Ok(theirs.len()));
                for key in theirs {
                    model.remove(key);
                }
            }
            Op::Clear => {
                prop_assert_eq!(it.clear(), Ok(()));
                let all = std::mem::take(&mut model.live);
                model.gone.extend(all.into_keys());
            }
        }
        let len = model.live.len();
        prop_assert_eq!((it.len(), it.is_empty(), it.is_full()), (len, len == 0, len == ROOM));
        prop_assert!(!model.gone.iter().any(|key| it.contains(slot(*key))));
        for owner in 0..12 {
            let theirs: Vec<Key> = it.owned_by(owner).map(|(slot, _)| key(slot)).collect();
            prop_assert_eq!(theirs, model.of(owner), "what {} has", owner);
        }
        Ok(())
    }

    fn read(it: &Self::It) -> Model {
        let mut live = BTreeMap::new();
        for (slot, value) in it.iter() {
            // Read by handle as well as by place.
            if it.get(slot) == Ok(value) {
                live.insert(key(slot), (it.owner(slot).unwrap_or(u64::MAX), *value));
            }
        }
        Model { live, gone: Vec::new() }
    }
}

subject!(AgainstMap, Server, 100);

#[test]
fn a_handle_stays_stale_after_what_it_led_to_was_rolled_back() {
    let mut server = Scratch::<Server>::new();
    let insert = |server: &mut Scratch<Server>, value| {
        let outcome = server.update(|s| s.it.insert(value));
        outcome.expect("there is room")
    };
    let kept = insert(&mut server, 1);
    // Given to somebody outside, who is not rolled back.
    let lost = insert(&mut server, 2);
    assert_eq!(server.rollback(1), 1);
    let new = insert(&mut server, 3);
    let state = server.state();
    assert_eq!(state.it.get(kept), Ok(&1));
    assert_eq!(state.it.get(new), Ok(&3));
    assert_eq!(state.it.get(lost), Err(CollectionError::Stale), "{lost:?} is not {new:?}");
    server.reset();
    assert_ne!(insert(&mut server, 4), kept, "nor is it valid again after a reset");
    assert_eq!(server.state().it.get(kept), Err(CollectionError::Stale));
    assert_eq!(server.state().it.get(Slot::NONE), Err(CollectionError::Stale));
}

#[daemon(mem = "1MiB")]
struct Odd {
    none: Pool<u32, 0>,
    tokens: Pool<[u8; 0], 2>,
    last: Slot<[u8; 0]>,
}

#[test]
fn handles_are_plain_and_values_may_have_no_size() {
    let mut odd = Scratch::<Odd>::new();
    let outcome = odd.update(|s| {
        assert_eq!(s.none.insert_for(3, 1), Err(InsertError::Full(1)));
        assert_eq!((s.none.owned_by(3).count(), s.none.release_owned_by(3)), (0, Ok(0)));
        s.tokens.insert([])?;
        *s.last = s.tokens.insert_for(5, [])?;
        Ok::<_, CollectionError>(())
    });
    outcome.unwrap();
    assert_eq!(odd.state().tokens.owned_by(5).map(|(slot, _)| slot).collect::<Vec<_>>(), [*odd.state().last]);
    assert_eq!(
        format!("{:?}", odd.state().tokens),
        "{Slot(0 of generation 0.1): [], Slot(1 of generation 0.2): []}"
    );
}

//! What rings promise, one promise a test.

use perennial::collections::{Cause, CollectionError};
use perennial::prelude::*;
use perennial::state::{Attempt, WhenFull};

#[daemon(mem = "256KiB", record = "4KiB")]
struct Source {
    out: Producer<u64, 100>,
    note: u64,
}

#[daemon(mem = "256KiB", record = "4KiB")]
struct Sink {
    inbox: Consumer<u64, 100, 3>,
    sum: u64,
}

#[daemon(mem = "256KiB", record = "4KiB")]
struct Wide {
    out: Producer<u64, 200>,
}

fn wired(when_full: WhenFull) -> (Scratch<Source>, Scratch<Sink>, Scratch<Sink>) {
    let mut source = Scratch::<Source>::new();
    let (mut first, mut second) = (Scratch::new(), Scratch::new());
    source.connect("out", &mut first, "inbox", when_full, 2);
    source.connect("out", &mut second, "inbox", when_full, 2);
    (source, first, second)
}

fn push(source: &mut Scratch<Source>, range: core::ops::Range<u64>) -> Result<(), CollectionError> {
    let messages: Vec<u64> = range.collect();
    match source.update(|s| s.out.extend_from_slice(&messages)) {
        Ok(()) => Ok(()),
        Err(Failure::Task(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

fn pop(sink: &mut Scratch<Sink>, count: usize) -> Vec<u64> {
    sink.update(|s| Ok::<_, ()>(s.inbox.pop_iter().take(count).collect())).unwrap()
}

fn replay(sink: &mut Scratch<Sink>, count: usize) -> usize {
    sink.update(|s| Ok::<_, ()>(s.inbox.replay_dead_letters(count))).unwrap()
}

#[test]
fn every_consumer_gets_every_message_and_the_slowest_makes_the_room() {
    let (mut source, mut first, mut second) = wired(WhenFull::Refuse);
    push(&mut source, 0..100).unwrap();
    assert_eq!(pop(&mut first, 100), (0..100).collect::<Vec<_>>());
    assert_eq!(push(&mut source, 100..101), Err(CollectionError::Full));
    assert_eq!(pop(&mut second, 30), (0..30).collect::<Vec<_>>());
    assert_eq!(source.state().out.room(), 30);
    let lags: Vec<u64> = source.state().out.lags().map(|lag| lag.messages).collect();
    assert_eq!(lags, [0, 70]);
    assert_eq!((first.state().inbox.lag(), second.state().inbox.lag()), (0, 70));
    push(&mut source, 100..130).unwrap();
    assert_eq!(push(&mut source, 130..131), Err(CollectionError::Full));
    assert_eq!(pop(&mut first, 100), (100..130).collect::<Vec<_>>());
    assert_eq!(pop(&mut second, 100), (30..130).collect::<Vec<_>>());
}

#[test]
fn a_batch_needs_less_of_the_record_than_its_messages() {
    let mut wide = Scratch::<Wide>::new();
    let messages: Vec<u64> = (0..200).collect();
    // An entry of 32 bytes each, or one of 16 bytes and the messages.
    let singly = wide.update(|s| messages.iter().try_for_each(|message| s.out.push(*message)));
    assert!(matches!(singly, Err(Failure::OverBudget(_))), "{singly:?}");
    wide.update(|s| s.out.extend_from_slice(&messages)).unwrap();
    assert_eq!(wide.state().out.len(), 200);
}

#[test]
fn batches_go_round_the_end_of_the_ring() {
    let (mut source, mut sink) = (Scratch::<Source>::new(), Scratch::<Sink>::new());
    source.connect("out", &mut sink, "inbox", WhenFull::Refuse, 2);
    for round in 0..20_u64 {
        let messages: Vec<u64> = (round * 90..(round + 1) * 90).collect();
        source.update(|s| s.out.extend_from_slice(&messages)).unwrap();
        let mut slots = [0; 100];
        let got = sink.update(|s| Ok::<_, ()>(s.inbox.pop_slice(&mut slots))).unwrap();
        assert_eq!((got, &slots[..90]), (90, &messages[..]));
    }
}

#[test]
fn the_oldest_are_dropped_and_counted_once() {
    let (mut source, mut first, mut second) = wired(WhenFull::DropOldest);
    for start in (0..250).step_by(50) {
        push(&mut source, start..start + 50).unwrap();
        if start == 50 {
            assert_eq!(pop(&mut first, 20), (0..20).collect::<Vec<_>>());
        }
    }
    assert_eq!(first.state().inbox.lag(), 230);
    let discarded: Result<(), Failure<u64>> = first.update(|s| Err(s.inbox.pop().unwrap()));
    assert!(matches!(discarded, Err(Failure::Task(150))), "{discarded:?}");
    assert_eq!(first.state().inbox.missed(), 0, "what was not committed was not missed");
    assert_eq!(pop(&mut first, 1), [150]);
    assert_eq!(first.state().inbox.missed(), 130);
    assert_eq!(pop(&mut first, 100), (151..250).collect::<Vec<_>>());
    assert_eq!(pop(&mut second, 100), (150..250).collect::<Vec<_>>());
    assert_eq!((first.state().inbox.missed(), second.state().inbox.missed()), (130, 150));
    // One change pushes no more than the ring holds, or it would overwrite what nobody can have seen.
    let pushed = source.update(|s| Ok::<_, ()>((0..150).filter(|n| s.out.push(*n).is_ok()).count())).unwrap();
    assert_eq!(pushed, 100);
}

#[test]
fn letters_are_delivered_again_in_order_before_newer_messages() {
    let (mut source, mut sink, _) = wired(WhenFull::Refuse);
    push(&mut source, 0..6).unwrap();
    for attempt in [Attempt::Counted, Attempt::SetAside] {
        assert_eq!(sink.fail_attempt(), attempt);
    }
    let refusals = sink.update(|s| Ok::<_, ()>([0; 3].map(|_| s.inbox.refuse()))).unwrap();
    assert_eq!(refusals, [true, true, false]);
    let letters = |sink: &Scratch<Sink>| -> Vec<(u64, u32, Cause)> {
        sink.state().inbox.dead_letters().map(|l| (l.message.unwrap(), l.attempts, l.cause)).collect()
    };
    let refused = Cause::Refused;
    assert_eq!(letters(&sink), [(0, 2, Cause::Attempts), (1, 0, refused), (2, 0, refused)]);
    assert_eq!(replay(&mut sink, 2), 2);
    assert_eq!(sink.state().inbox.len(), 5);
    assert_eq!(sink.state().inbox.next_position(), 0);
    // Attempts count anew, and a letter finds room among the letters that it leaves.
    assert_eq!(sink.fail_attempt(), Attempt::Counted);
    assert_eq!(sink.state().inbox.attempts(), 1);
    assert_eq!(sink.fail_attempt(), Attempt::SetAside);
    assert_eq!(letters(&sink), [(1, 0, refused), (2, 0, refused), (0, 2, Cause::Attempts)]);
    // A process that dies after the commit point has taken it, once.
    let got = sink.update_dying(4, |s| Ok::<_, ()>([s.inbox.pop(), s.inbox.pop()])).unwrap();
    assert_eq!(got, [Some(1), Some(3)]);
    assert_eq!(letters(&sink), [(2, 0, refused), (0, 2, Cause::Attempts)]);
    assert_eq!(replay(&mut sink, usize::MAX), 2);
    assert_eq!(pop(&mut sink, 100), [2, 0, 4, 5]);
    assert_eq!(sink.state().inbox.dead_letters().count(), 0);
}

#[test]
fn positions_survive_rollback_and_reset() {
    let (mut source, mut sink, _) = wired(WhenFull::Refuse);
    for n in 0..4 {
        source
            .update(|s| {
                *s.note += 1;
                s.out.push(n)
            })
            .unwrap();
    }
    sink.update(|s| {
        *s.sum += s.inbox.pop().unwrap() + 1;
        Ok::<_, ()>(())
    })
    .unwrap();
    assert!(sink.rollback(1) == 1 && source.rollback(2) == 2);
    assert_eq!((*sink.state().sum, *source.state().note), (0, 2), "fields are as they were");
    assert_eq!((sink.state().inbox.next_position(), source.state().out.next_position()), (1, 4));
    source.reset();
    sink.reset();
    assert_eq!(pop(&mut sink, 100), [1, 2, 3], "what was published is there, what was taken is not");
}

#[test]
fn a_damaged_transaction_cannot_lead_a_consumer_astray() {
    let mut random = 0x9e37_79b9_u32;
    for round in 0..300 {
        let (mut source, mut sink, _) = wired(WhenFull::DropOldest);
        push(&mut source, 0..60).unwrap();
        for step in 0..6 {
            let mut damage = |bytes: &mut [u8]| {
                for byte in bytes.iter_mut() {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if random >> 28 == 0 {
                        *byte ^= (random >> 16) as u8;
                    }
                }
            };
            // Refused or let pass: what follows ends, and reads nothing but what is there.
            let _ = sink.update_damaged(&mut damage, |s| {
                s.inbox.refuse();
                s.inbox.replay_dead_letters(step);
                Ok::<_, ()>(s.inbox.pop())
            });
            let letters = sink.state().inbox.dead_letters().count();
            assert!(letters <= 3, "round {round}");
            let got = sink.update(|s| Ok::<_, ()>(s.inbox.pop_iter().count())).unwrap();
            assert!(got <= 103, "round {round}");
            sink.fail_attempt();
        }
    }
}

//! Calls without processes: two states, and a courier that carries replies when it is told to.

use perennial::calls::{AskError, Calls, Declined, Done, End, Refusal, Reply, Request, Served, Turn};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::HashMap;

const LONG: Duration = Duration::from_secs(1000);

#[daemon(mem = "1MiB")]
struct Caller {
    asks: Producer<Request<u32>, 512>,
    answers: Consumer<Reply<u64>, 512>,
    calls: Calls<4>,
}
#[daemon(mem = "1MiB")]
struct Server {
    asks: Consumer<Request<u32>, 512>,
    answers: Producer<Reply<u64>, 512>,
    served: Served<u64, 3>,
    runs: u64,
}
#[daemon(mem = "1MiB")]
struct Courier {
    out: Producer<Reply<u64>, 512>,
}
#[daemon(mem = "1MiB")]
struct Sink {
    into: Consumer<Reply<u64>, 512>,
}

struct World {
    courier: Scratch<Courier>,
    caller: Scratch<Caller>,
    server: Scratch<Server>,
    sink: Scratch<Sink>,
}

impl World {
    fn new() -> Self {
        let courier = Scratch::new();
        let caller = Scratch::wired("answers", &courier, "out");
        let server = Scratch::wired("asks", &caller, "asks");
        let sink = Scratch::wired("into", &server, "answers");
        Self { courier, caller, server, sink }
    }

    fn ask(&mut self, body: u32, timeout: Duration) -> Result<u64, Failure<AskError<u32>>> {
        self.caller.update(|s| s.calls.ask(s.asks, body, timeout))
    }

    fn again(&mut self, id: u64, body: u32) {
        self.caller.update(|s| s.calls.ask_again(s.asks, id, body, LONG)).unwrap();
    }

    /// Serves one request, and commits or not; what was run.
    fn serve(&mut self, commit: bool) -> (Turn, Option<u32>) {
        let mut ran = None;
        let turn = self.server.update(|s| {
            let turn = s.served.serve(s.asks, s.answers, |body| {
                ran = Some(body);
                *s.runs += 1;
                if body == 0 { Err(Declined) } else { Ok(u64::from(body) * 3) }
            });
            if commit { Ok(turn) } else { Err(turn) }
        });
        match turn {
            Ok(turn) | Err(Failure::Task(turn)) => (turn, ran),
            Err(failure) => panic!("{failure:?}"),
        }
    }

    /// Brings over the replies that there are.
    fn deliver(&mut self) {
        while let Some(reply) = self.sink.update(|s| Ok::<_, ()>(s.into.pop())).unwrap() {
            self.courier.update(|s| s.out.push(reply)).unwrap();
        }
    }

    fn next(&mut self) -> Option<Done<u64>> {
        self.caller.update(|s| Ok::<_, ()>(s.calls.next(s.answers))).unwrap()
    }
}

const fn done(id: u64, end: End<u64>) -> Done<u64> {
    Done { id, end }
}

#[test]
fn a_call_is_answered() {
    let mut world = World::new();
    let id = world.ask(7, LONG).unwrap();
    assert!(world.caller.state().calls.outstanding().eq([id]));
    assert_eq!(world.next(), None);
    assert_eq!(world.serve(true), (Turn::Served, Some(7)));
    assert_eq!(world.serve(true), (Turn::Idle, None));
    world.deliver();
    assert_eq!(world.next(), Some(done(id, End::Answered(21))));
    assert!(world.caller.state().calls.is_empty());
    assert_eq!(world.next(), None);
}

#[test]
fn a_timeout_is_told_from_a_refusal() {
    let mut world = World::new();
    let declined = world.ask(0, LONG).unwrap();
    let expired = world.ask(1, Duration::ZERO).unwrap();
    assert_eq!(world.next(), Some(done(expired, End::TimedOut)));
    assert_eq!(world.serve(true), (Turn::Refused(Refusal::Declined), Some(0)));
    assert_eq!(world.serve(true), (Turn::Refused(Refusal::Expired), None));
    world.deliver();
    assert_eq!(world.next(), Some(done(declined, End::Refused(Refusal::Declined))));
    assert_eq!(world.next(), None);
    assert_eq!(world.caller.state().calls.late(), 1, "the reply to the call that timed out");
}

#[test]
fn a_call_that_is_asked_again_is_not_carried_out_again() {
    let mut world = World::new();
    let first = world.ask(5, LONG).unwrap();
    world.serve(true);
    world.again(first, 5);
    assert_eq!(world.serve(true), (Turn::Repeated, None));
    world.deliver();
    assert_eq!(world.next(), Some(done(first, End::Answered(15))));
    assert_eq!(world.next(), None);
    assert_eq!(world.caller.state().calls.late(), 1);
    // The server keeps three answers; of what is older it only knows that it may have carried it out.
    for body in 6..9 {
        world.ask(body, LONG).unwrap();
        world.serve(true);
    }
    world.deliver();
    while world.next().is_some() {}
    world.again(first, 5);
    assert_eq!(world.serve(true), (Turn::Refused(Refusal::Forgotten), None));
    assert_eq!(*world.server.state().runs, 4);
}

#[test]
fn a_call_that_expired_is_not_carried_out_later() {
    let mut world = World::new();
    let id = world.ask(5, Duration::ZERO).unwrap();
    // Both copies of the request are on their way, and the reply to the first ends the call.
    world.again(id, 5);
    assert_eq!(world.serve(true), (Turn::Refused(Refusal::Expired), None));
    world.deliver();
    assert_eq!(world.next(), Some(done(id, End::Refused(Refusal::Expired))));
    assert_eq!(world.serve(true), (Turn::Repeated, None));
}

#[test]
fn what_there_is_no_room_for_is_handed_back() {
    let mut world = World::new();
    for body in 0..4 {
        world.ask(body, LONG).unwrap();
    }
    assert!(matches!(world.ask(9, LONG), Err(Failure::Task(AskError::TooMany(9)))));
    let ids: Vec<u64> = world.caller.state().calls.outstanding().collect();
    assert!(world.caller.update(|s| Ok::<_, ()>(s.calls.abandon(ids[0]))).unwrap());
    assert!(world.ask(9, LONG).is_ok());
}

#[test]
fn identifiers_survive_a_reset_of_the_caller() {
    let mut world = World::new();
    let before = world.ask(1, LONG).unwrap();
    world.caller.reset();
    let after = world.ask(2, LONG).unwrap();
    assert!(after > before);
    world.serve(true);
    world.serve(true);
    world.deliver();
    assert_eq!(world.next(), Some(done(after, End::Answered(6))));
    assert_eq!(world.caller.state().calls.late(), 1);
}

#[test]
fn a_request_with_an_impossible_number_is_refused_and_forgotten() {
    let mut world = World::new();
    let forged = Request { id: u64::MAX, deadline: u64::MAX, body: 1 };
    world.caller.update(|s| s.asks.push(forged)).unwrap();
    world.caller.update(|s| s.asks.push(Request { id: 0, ..forged })).unwrap();
    for _ in 0..2 {
        assert_eq!(world.serve(true), (Turn::Refused(Refusal::Forgotten), None));
    }
    world.ask(2, LONG).unwrap();
    assert_eq!(world.serve(true), (Turn::Served, Some(2)), "later calls are not lost to it");
}

#[derive(Clone, Debug)]
enum Step {
    Ask { hurried: bool },
    Again(usize),
    Serve { commit: bool },
    Deliver,
    Next,
    Abandon(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(|hurried| Step::Ask { hurried }),
        any::<usize>().prop_map(Step::Again),
        any::<bool>().prop_map(|commit| Step::Serve { commit }),
        Just(Step::Serve { commit: true }),
        Just(Step::Deliver),
        Just(Step::Next),
        any::<usize>().prop_map(Step::Abandon),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn each_call_is_carried_out_once_or_not_at_all(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        let (mut asked, mut runs): (Vec<u64>, HashMap<u32, u32>) = (Vec::new(), HashMap::new());
        let mut ends: HashMap<u64, End<u64>> = HashMap::new();
        // A body is the place of its call in `asked`, plus one.
        let body = |at: usize| u32::try_from(at).unwrap() + 1;
        for step in steps {
            match step {
                Step::Ask { hurried } => {
                    let timeout = if hurried { Duration::ZERO } else { LONG };
                    if let Ok(id) = world.ask(body(asked.len()), timeout) {
                        asked.push(id);
                    }
                }
                Step::Again(at) if !asked.is_empty() => {
                    let at = at % asked.len();
                    let _ = world.caller.update(|s| s.calls.ask_again(s.asks, asked[at], body(at), LONG));
                }
                Step::Abandon(at) if !asked.is_empty() => {
                    let id = asked[at % asked.len()];
                    world.caller.update(|s| Ok::<_, ()>(s.calls.abandon(id))).unwrap();
                }
                Step::Serve { commit } => {
                    if let (_, Some(body)) = world.serve(commit) {
                        *runs.entry(body).or_default() += u32::from(commit);
                    }
                }
                Step::Deliver => world.deliver(),
                Step::Next => {
                    if let Some(Done { id, end }) = world.next() {
                        prop_assert!(asked.contains(&id));
                        ends.insert(id, end);
                    }
                }
                Step::Again(_) | Step::Abandon(_) => {}
            }
        }
        for (at, id) in asked.iter().enumerate() {
            let runs = runs.get(&body(at)).copied().unwrap_or_default();
            prop_assert!(runs <= 1, "call {} ran {} times", id, runs);
            match ends.get(id) {
                Some(End::Answered(answer)) => {
                    prop_assert_eq!(runs, 1);
                    prop_assert_eq!(*answer, u64::from(body(at)) * 3);
                }
                Some(End::Refused(Refusal::Declined)) => prop_assert!(false, "nothing was declined"),
                Some(End::Refused(Refusal::Expired)) => prop_assert_eq!(runs, 0),
                _ => {}
            }
        }
    }
}

#[daemon(mem = "1MiB")]
struct Two {
    asks: Producer<Request<u32>, 4>,
    other_asks: Producer<Request<u32>, 4>,
    answers: Consumer<Reply<u64>, 4>,
    other_answers: Consumer<Reply<u64>, 4>,
    calls: Calls<4>,
    asked: Consumer<Request<u32>, 4>,
    other_asked: Consumer<Request<u32>, 4>,
    replies: Producer<Reply<u64>, 4>,
    other_replies: Producer<Reply<u64>, 4>,
    served: Served<u64, 4>,
}

/// Whether `misuse`, after the first pair of rings was used, is refused with the words that say why.
fn refuses(misuse: impl Fn(TwoMut<'_>)) -> bool {
    let mut two = Scratch::<Two>::new();
    two.update(|s| {
        s.calls.ask(s.asks, 1, LONG).map_err(drop)?;
        assert!(s.calls.next(s.answers).is_none());
        assert_eq!(s.served.serve(s.asked, s.replies, |_| Ok(0)), Turn::Idle);
        Ok::<_, ()>(())
    })
    .unwrap();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = two.update(|s| {
            misuse(s);
            Ok::<_, ()>(())
        });
    }));
    let words = outcome.err().and_then(|payload| payload.downcast_ref::<&str>().map(ToString::to_string));
    words.is_some_and(|words| words.contains("for each pair of rings"))
}

#[test]
fn the_same_number_in_another_ring_is_not_taken_for_the_same_call() {
    assert!(refuses(|s| _ = s.calls.ask(s.other_asks, 1, LONG)));
    assert!(refuses(|s| _ = s.calls.ask_again(s.other_asks, 1, 1, LONG)));
    assert!(refuses(|s| _ = s.calls.next(s.other_answers)));
    assert!(refuses(|s| _ = s.served.serve(s.other_asked, s.replies, |_| Ok(0))));
    assert!(refuses(|s| _ = s.served.serve(s.asked, s.other_replies, |_| Ok(0))));
    assert!(!refuses(|s| _ = s.calls.ask(s.asks, 2, LONG)));
}

#[test]
fn a_request_that_is_delivered_again_out_of_order_has_a_possible_number() {
    let mut world = World::new();
    for body in [10, 20] {
        world.ask(body, LONG).unwrap();
    }
    world
        .server
        .update(|s| {
            assert!(s.asks.refuse() && s.asks.refuse());
            assert_eq!(s.asks.replay_dead_letters(1), 1);
            // The first goes behind the second.
            assert!(s.asks.refuse());
            assert_eq!(s.asks.replay_dead_letters(2), 2);
            Ok::<_, ()>(())
        })
        .unwrap();
    assert_eq!(world.serve(true), (Turn::Served, Some(20)));
    let forgotten = (Turn::Refused(Refusal::Forgotten), None);
    assert_eq!(world.serve(true), forgotten, "a later call was decided on");
}

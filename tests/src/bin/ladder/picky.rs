//! Has its check look at what its ring holds, although that is not what a check is for.

use super::{crash, rest, scenario};
use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "128KiB")]
pub struct Baker {
    next: u64,
    out: Producer<u64, 16>,
}

impl Daemon for Baker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if scenario("Picky").is_some() {
            me.change(|s| s.out.push(7).is_ok())?;
        }
        rest(me)
    }
}

#[daemon(mem = "512KiB", validate = Picky::check)]
pub struct Picky {
    before: u64,
    inbox: Consumer<u64, 16>,
    sum: u64,
    parts: Array<u64, 4>,
}

impl Picky {
    fn check(state: &PickyRef<'_>) -> Result<(), &'static str> {
        let letters = state.inbox.dead_letters().count();
        say!("checked letters={letters} attempts={}", state.inbox.attempts());
        if letters == 0 { Ok(()) } else { Err("a letter") }
    }

    #[transaction]
    fn eat(inbox: &mut Consumer<u64, 16>, sum: &mut u64) -> Result<(), ()> {
        *sum += inbox.pop().ok_or(())?;
        crash();
        Ok(())
    }

    /// Everything but the ring.
    fn fields(me: &Handle<Self>) -> (u64, u64, [u64; 4]) {
        let s = me.state();
        let mut parts = s.parts.iter().copied();
        (*s.before, *s.sum, [(); 4].map(|()| parts.next().unwrap_or(u64::MAX)))
    }
}

impl Daemon for Picky {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(_) = scenario("Picky") else { return rest(me) };
        me.change(|s| {
            (*s.before, *s.sum) = (0x1122_3344_5566_7788, 5);
            (0..4_u8).all(|at| s.parts.set(at, u64::from(at) + 1).is_ok())
        })?;
        say!("begin");
        me.wait()?;
        for attempt in 1..=2 {
            let (fields, sequence) = (Self::fields(me), me.sequence());
            let failed = matches!(Self::eat(me), Err(Failure::Crashed(_)));
            let s = me.state();
            say!(
                "attempt={attempt} failed={failed} commits={} same={} attempts={} letters={}",
                me.sequence() - sequence,
                fields == Self::fields(me),
                s.inbox.attempts(),
                s.inbox.dead_letters().count()
            );
        }
        say!("end");
        let refused = matches!(me.change(|s| *s.sum += 1), Err(Failure::Invalid(_)));
        say!("refused={refused} sum={}", me.state().sum);
        let taken = me.change(|s| s.inbox.take_dead_letter().map(|letter| letter.message))?;
        say!("taken={:?}", taken.flatten());
        me.shutdown(0);
        rest(me)
    }
}

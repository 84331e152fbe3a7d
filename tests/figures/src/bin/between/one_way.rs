//! One message on its way: a ball goes to and fro, through rings, and then as a word that both wait on.

use crate::lane::{Job, Times, Who, serve, shared, timed};
use crate::{Ball, Ping, Pong};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};
use perennial::prelude::*;
use perennial_figures::sys;

/// Rounds of one batch.
const ROUNDS: u32 = 100;

impl Daemon for Ping {
    fn run(me: &mut Handle<Self>) -> Outcome {
        serve(
            me,
            Who::Ping,
            |me, job| if job == Job::OneWay { play(me) } else { Err(Error::new("not mine")) },
        )
    }
}

fn play(me: &mut Handle<Ping>) -> Times {
    let mut failed = None;
    let ours = timed(ROUNDS as usize, |n| {
        if let Err(error) = round(me, n as u64) {
            failed = Some(error);
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    me.change(|s| s.out.push(Ball::Bare(ROUNDS + 1)))?.map_err(|_| Error::new("no room"))?;
    let shared = shared();
    let start = shared.ping.load(SeqCst);
    // After the first of them the other side has left its ring.
    let volley = |n: u32| {
        let next = start.wrapping_add(n);
        give(&shared.ping, next);
        await_word(&shared.pong, next);
    };
    volley(1);
    let floor = timed(ROUNDS as usize, |n| volley(n as u32 + 2));
    Ok((ours / 2, floor / 2))
}

fn round(me: &mut Handle<Ping>, n: u64) -> Outcome {
    me.change(|s| s.out.push(Ball::Return(n)))?.map_err(|_| Error::new("no room"))?;
    while me.wait()?.is_running() {
        match me.change(|s| s.back.pop())? {
            Some(Ball::Return(back)) if back == n => return Ok(()),
            Some(_) => return Err(Error::new("another ball came back")),
            None => {}
        }
    }
    Err(Error::new("asked to stop"))
}

impl Daemon for Pong {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let words = shared();
        while me.wait()?.is_running() {
            let ball = me.change(|s| {
                let ball = s.out.pop()?;
                match ball {
                    Ball::Return(_) => s.back.push(ball).is_ok().then_some(ball),
                    Ball::Bare(_) => Some(ball),
                }
            })?;
            if let Some(Ball::Bare(rounds)) = ball {
                let start = words.pong.load(SeqCst);
                for n in 1..=rounds {
                    await_word(&words.ping, start.wrapping_add(n));
                    give(&words.pong, start.wrapping_add(n));
                }
            }
        }
        Ok(())
    }
}

/// Sets `word` and wakes who waits for it.
fn give(word: &AtomicU32, value: u32) {
    word.store(value, SeqCst);
    sys::wake(word);
}

/// Waits until `word` is `value`.
fn await_word(word: &AtomicU32, value: u32) {
    loop {
        let now = word.load(SeqCst);
        if now == value {
            return;
        }
        sys::wait(word, now);
    }
}

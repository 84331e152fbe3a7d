//! The protocols between processes under loom: every order of steps within the bound, every value that a load may return,
//! and a process that dies before any one of its steps, as may its successor.
//!
//! `.ci/loom` runs it. The source is the one that the tree runs (`protocol`, `flight/word.rs`); atomics and futexes are
//! modelled (`locks/platform/model`). That nobody sleeps for ever loom finds itself.
#![cfg(loom)]

mod commit;
mod reset;
mod ring;
mod slot;
mod waiting;

use loom::sync::Arc;
use perennial::locks::platform::run;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Who else runs, at the same time.
type Others<W, const OTHERS: usize> = [fn(&W); OTHERS];

/// Explores what `others` may see of `mortal`, whose incarnations follow one another and are numbered: without a death,
/// with one before each of its steps and, where `deaths` is 2, with one more before each step of the successor.
fn explore<W: 'static, const OTHERS: usize>(
    (preemptions, deaths): (usize, usize),
    world: fn() -> W,
    mortal: fn(&W, usize),
    others: Others<W, OTHERS>,
    check: fn(&W),
) {
    let total = std::sync::Arc::new(AtomicUsize::new(0));
    // Whether so many deaths came about in any of the executions.
    let explore = |steps: Vec<i32>| {
        let (total, most) = (std::sync::Arc::clone(&total), std::sync::Arc::new(AtomicUsize::new(0)));
        let (reached, all) = (std::sync::Arc::clone(&most), steps.len());
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.check(move || {
            total.fetch_add(1, SeqCst);
            let world = Arc::new(world());
            let others = others.map(|other| {
                let world = Arc::clone(&world);
                loom::thread::spawn(move || assert!(run(2, None, || other(&world))))
            });
            let (mortals, steps) = (Arc::clone(&world), steps.clone());
            let mortal = loom::thread::spawn(move || {
                let lives = |&incarnation: &usize| {
                    run(1, steps.get(incarnation).copied(), || mortal(&mortals, incarnation))
                };
                (0..).find(lives).unwrap_or_default()
            });
            let deaths = mortal.join().expect("a thread of the model");
            most.fetch_max(deaths, SeqCst);
            for other in others {
                other.join().expect("a thread of the model");
            }
            check(&world);
        });
        reached.load(SeqCst) == all
    };
    explore(Vec::new());
    let mut died = 0;
    let first = (0..).take_while(|&first| explore(vec![first]));
    for first in first {
        died += 1;
        if deaths == 2 {
            died += (0..).take_while(|&second| explore(vec![first, second])).count();
        }
    }
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    println!("loom {name} deaths={died} executions={}", total.load(SeqCst));
    assert!(died > 2, "who is to die takes more than {died} steps");
}

//! Three daemons that depend on one another, under each strategy, against a model of them: random rows of changes, deaths
//! with what they remember written over, freezes, and limits that an operator sets; after each of them the state, the
//! number of commits, the epoch and the incarnation of every one, and what recovery said that it did; at the end the exit code.
//!
//! It goes on for `PERENNIAL_MACHINE_SECONDS` (30), one row of steps for each seed, from `PERENNIAL_MACHINE_SEED` (1)
//! on. A row that fails is shortened, and printed with its seed.

mod pair;
mod rows;

use pair::{Done, Pair};
use perennial_tests::members::group::Strategy as Restarts;
use perennial_tests::members::step::Step;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rows::End;
use std::time::{Duration, Instant};

const PROGRAMS: [(Restarts, &str); 3] = [
    (Restarts::OneForOne, env!("CARGO_BIN_EXE_members_one")),
    (Restarts::RestForOne, env!("CARGO_BIN_EXE_members_rest")),
    (Restarts::OneForAll, env!("CARGO_BIN_EXE_members_all")),
];

fn run(program: (Restarts, &str), steps: &[Step], end: End, done: &Done) {
    let mut pair = Pair::new(program, done);
    pair.compare();
    for step in steps {
        if let Some(code) = pair.step(*step) {
            return pair.end(Some(code), end);
        }
    }
    pair.end(None, end);
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn members_are_what_their_model_says() {
    let deadline = Instant::now() + Duration::from_secs(number("PERENNIAL_MACHINE_SECONDS", 30));
    let first = number("PERENNIAL_MACHINE_SEED", 1);
    let (mut seed, done) = (first, Done::default());
    while seed == first || Instant::now() < deadline {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = ProptestConfig {
            failure_persistence: None,
            max_shrink_iters: 200,
            ..ProptestConfig::with_cases(1)
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let rows =
            (prop::sample::select(&PROGRAMS[..]), prop::collection::vec(rows::step(), 1..40), rows::end());
        let judged = runner.run(&rows, |(program, steps, end)| {
            run(program, &steps, end, &done);
            Ok(())
        });
        if let Err(failure) = judged {
            panic!("PERENNIAL_MACHINE_SEED={seed}: {failure}");
        }
        seed += 1;
    }
    let Done { steps, resets, freezes, damages, reborn, given_up } = &done;
    println!(
        "{} trees, {} steps: {} born again, {} of them reset, {} damages, {} freezes, {} given up",
        seed - first,
        steps.get(),
        reborn.get(),
        resets.get(),
        damages.get(),
        freezes.get(),
        given_up.get()
    );
}

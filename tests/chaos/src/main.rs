//! Chaos: random programs of daemons and rings, while everything that can befall processes befalls theirs.
//!
//! `cargo run --release -p chaos -- --minutes 2 --seed 7` runs one tree after the other. What the daemons of each do, who
//! passes messages on to whom, and what happens to them, follows from the seed. What must hold whatever happens is known:
//!
//! - every message arrives by each way that it must take, once, in order, and with what was made of it on the way;
//! - every call is carried out once and answered; nobody sees the half of another's commit, or of a value in a live ring;
//! - no money comes or goes, and a bank's maps agree with its accounts;
//! - what lies behind a lock is whole unless the lock says that somebody died with it, and none is held by the dead;
//! - the tree goes on, and all of this is so within a minute of the last misfortune.
//!
//! The exit code tells whether it held; where it did not, seed and plan are printed. The plan follows from the seed; what
//! becomes of it in time (who is hit at which instruction) does not.
//!
//! | module | what lives there |
//! |---|---|
//! | `options` | the command line |
//! | `graph` | which daemons pass messages on to which, from a seed |
//! | `defect` | what can be broken on purpose |
//! | `plan` | what a tree does and what happens to it, from a seed |
//! | `tree` | the daemons, which interpret the plan |
//! | `round` | one tree from its start to its end |
//! | `attack` | what happens to it |
//! | `pressure` | shortages: of processor time, memory and descriptors |
//! | `cgroup` | shortages of memory for the daemons alone |
//! | `verdict` | what must hold |
//! | `tally` | what has happened, in numbers |

mod attack;
mod cgroup;
mod defect;
mod graph;
mod options;
mod plan;
mod pressure;
mod round;
mod tally;
mod tree;
mod verdict;

use options::Options;
use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::Tally;

/// The commands of the tree; anything else is for the one who brings about the chaos.
const COMMANDS: [&str; 4] = ["run", "ps", "map", "stop"];

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some(command) if COMMANDS.contains(&command) => tree::run(),
        Some(pressure::HOG) => pressure::hog(),
        Some(pressure::SPIN) => pressure::spin(),
        Some(cgroup::SWEEP) => cgroup::sweep(),
        Some(cgroup::VISIT) => cgroup::visit(),
        _ => match Options::parse() {
            Ok(options) => rage(&options),
            Err(error) => {
                eprintln!("{error}\n{}", options::USAGE);
                ExitCode::from(64)
            }
        },
    }
}

fn rage(options: &Options) -> ExitCode {
    let end = Instant::now() + options.time;
    let group = cgroup::Group::new()
        .inspect_err(|why| println!("memory cgroup: not available ({why}); memory is taken from all alike"))
        .ok();
    let mut tally = Tally::default();
    let mut seed = options.seed;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        // A shorter one than this is over before anything has happened.
        if tally.rounds > 0 && left < Duration::from_secs(3) {
            break;
        }
        let plan = plan::Plan::new(seed, left, options.defect);
        println!("round {}: seed {seed}\n  {plan:?}", tally.rounds + 1);
        let before = tally.clone();
        if let Err(why) = round::run(&plan, group.as_ref(), &mut tally) {
            eprintln!("VIOLATION in round {}, --seed {seed}: {why}\n  {plan:?}", tally.rounds + 1);
            println!("{tally}");
            return ExitCode::FAILURE;
        }
        tally.rounds += 1;
        println!("  {}, 0 lost, 0 duplicated", tally.since(&before));
        seed = seed.wrapping_add(1);
    }
    println!("chaos: --seed {}, {} rounds, {tally}, 0 lost, 0 duplicated", options.seed, tally.rounds);
    ExitCode::SUCCESS
}

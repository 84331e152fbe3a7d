//! One tree from its start to its end.

use crate::attack::Attacker;
use crate::cgroup::Group;
use crate::graph::{NODES, Part};
use crate::plan::Plan;
use crate::tally::Tally;
use crate::tree::{self, Bank, DAEMONS, Said, Shop, await_said};
use crate::verdict;
use perennial::test::{Event, Fault, Launch, Tree};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Everything that was under way must have arrived by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the tree of `plan`.
///
/// # Errors
/// What did not hold.
pub fn run(plan: &Plan, group: Option<&Group>, tally: &mut Tally) -> Result<(), String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut tree = start(plan, group);
        // Until then root needs what it may be short of later, and says so and ends when it does not get it.
        for daemon in DAEMONS {
            tree.await_event(Event::ready(daemon));
        }
        let mut attacker = Attacker::new(plan, group);
        let end = Instant::now() + plan.time;
        while Instant::now() < end {
            attacker.strike(&mut tree, tally);
        }
        attacker.relent(&mut tree);
        settle(plan, tree, tally)
    }));
    match outcome {
        Ok(verdict) => verdict,
        // The kit has printed all of it; this is for whoever looks at the end of the output only.
        Err(why) => {
            let why = why.downcast::<String>().map_or_else(|_| "a panic".to_owned(), |why| *why);
            Err(why.lines().take(1).collect())
        }
    }
}

fn start(plan: &Plan, group: Option<&Group>) -> Tree {
    let program = std::env::current_exe().expect("this program is a file");
    let (seed, time) = (plan.seed.to_string(), plan.time.as_millis().to_string());
    let mut launch = Launch::new(&program.to_string_lossy()).args(&[&seed, &time]).seed(plan.seed);
    if let Some(defect) = plan.defect {
        launch = launch.arg(defect.name());
    }
    for (point, chance) in &plan.faults {
        launch = launch.fault(Fault::at(*point).by_chance(*chance));
    }
    if let Some(group) = group {
        launch = launch.env(tree::MEMBERS, &group.members().to_string_lossy());
    }
    launch.env("RUST_LOG", "error").patience(PATIENCE).start()
}

/// Waits until everything has arrived, and judges.
fn settle(plan: &Plan, mut tree: Tree, tally: &mut Tally) -> Result<(), String> {
    let graph = &plan.graph;
    let mut made = [0; NODES];
    for (node, made) in made.iter_mut().enumerate() {
        let over = |said: &Said| said.over && said.outstanding == 0;
        *made = await_said(&mut tree, node, "it has made all messages and every call is over", over).made;
    }
    let complete = |sink: usize| move |said: &Said| said.account.is_complete(graph, sink, &made);
    for sink in graph.all(Part::Sink) {
        await_said(&mut tree, sink, "every message has arrived", complete(sink));
    }
    let nodes: Vec<Said> =
        (0..NODES).map(|node| await_said(&mut tree, node, "its state", |_| true)).collect();
    let shop = tree.await_state::<Shop>("the lock and all permits are free", |shop| shop.till.closed != 0);
    let till = *shop.value.state().till;
    let bank = tree.state::<Bank>();
    tally.note(tree.events());
    tally.count(graph, &nodes);
    tally.failed += *shop.value.state().failed + *bank.value.state().failed;
    tally.locks += till.turns;
    tally.repairs += till.repairs;
    tally.transfers += *bank.value.state().transfers;
    let ended = tree.stop();
    verdict::on_messages(graph, &nodes)?;
    verdict::on_calls(&nodes)?;
    verdict::on_senses(&nodes)?;
    verdict::on_locks(&till)?;
    verdict::on_money(plan, &bank.value.state())?;
    match ended.code {
        Some(0) => Ok(()),
        code => Err(format!("the tree ended with {code:?}:\n{}", ended.lines.join("\n"))),
    }
}

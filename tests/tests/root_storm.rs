//! Ten thousand children die as fast as they can, and each leaves an orphan: root takes no more memory,
//! keeps no descriptor, leaves no zombie, disturbs nobody, and stops in order.

use perennial_tests::table::Table;
use perennial_tests::usage::{Usage, heap};
use perennial_tests::{Launch, census, number};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const DYING: &str = env!("CARGO_BIN_EXE_dying");
const DEATHS: u64 = 10_000;

#[test]
fn ten_thousand_deaths_leave_nothing() {
    let mut tree = Launch::new(DYING).env("RUST_LOG", "error").start();
    tree.line("up name=Calm");
    let root = tree.pid();
    let table = Table::of(&tree.directory().path().join("dying.sock"));
    let deaths = || table.generation(0) + table.generation(1);

    // Whatever root touches for the first time it has touched by now.
    tree.until("a storm", |_| deaths() >= 200);
    let (before, brk) = (Usage::of(root).expect("root runs"), heap(root));
    let (began, from) = (Instant::now(), deaths());
    let (mut most, mut zombies, mut children) = (before, 0, 0);
    while deaths() - from < DEATHS {
        let now = Usage::of(root).expect("root runs");
        most = most.max(now);
        let family = census::family(root);
        zombies = zombies.max(family.iter().filter(|process| process.zombie).count());
        children = children.max(family.len());
        assert!(began.elapsed() < Duration::from_secs(120), "{} deaths in two minutes", deaths() - from);
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = began.elapsed();
    println!(
        "root_storm deaths={} seconds={:.2} deaths_per_second={:.0} most_zombies={zombies} \
         most_processes={children}",
        deaths() - from,
        took.as_secs_f64(),
        (deaths() - from) as f64 / took.as_secs_f64()
    );
    println!("root_storm before={before:?}");
    println!("root_storm most={most:?}");

    let after = Usage::of(root).expect("root runs");
    assert_eq!((after.data, heap(root)), (before.data, brk), "root's heap is as it was");
    assert_eq!(after.threads, 1);
    // Root may be at work: one file of /proc is open, one connection; a mapping is split in up to three while a daemon is forked.
    assert!(most.descriptors <= before.descriptors + 2, "{before:?} {most:?}");
    assert!(most.mappings <= before.mappings + 8, "{before:?} {most:?}");
    assert!(most.resident <= before.resident + 256, "{before:?} {most:?}");
    assert!(most.tables <= before.tables + 16, "{before:?} {most:?}");
    assert!(zombies <= 100, "root reaps: {zombies} zombies at once");
    assert!(children <= 40, "root ends what is left behind: {children} processes at once");
    // Whatever root takes from its heap it counts, and SIGQUIT has it tell.
    std::fs::write(tree.directory().path().join("dying.conf"), "log = info\n").expect("a file of settings");
    tree.signal(libc::SIGHUP);
    tree.signal(libc::SIGQUIT);
    tree.line(" 0 calls of the heap since the seal");
    assert_eq!(table.block().allocations.load(Ordering::Relaxed), 0);
    assert_eq!(table.generation(2), 1, "nobody else was disturbed");

    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{:?}", ended.lines.last());
    let calm = ended.last("down name=Calm");
    println!("root_storm {calm}");
    assert_eq!(number(calm, "generation"), 1);
    assert!(number(calm, "rounds") >= 50 && number(calm, "longest") < 2000, "{calm}");
    assert_eq!(ended.directory.files(), ["dying.conf", "dying.lock"]);
}

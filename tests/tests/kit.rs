//! The kit for users' tests: what it promises of a tree, and what it says when a test fails.

use perennial::daemon::Ended;
use perennial::fault::Point;
use perennial::test::processes::runs;
use perennial::test::{Directory, Event, Fault, Launch, Tree, What};
use perennial_tests::census::Watch;
use perennial_tests::enduring::{Mule, Victim, Watcher};
use perennial_tests::{PATIENCE, siblings};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const ENDURING: &str = env!("CARGO_BIN_EXE_enduring");

/// A tree whose daemons come again at once, however often they die.
fn quick() -> Tree {
    let directory = Directory::new();
    std::fs::write(directory.path().join("enduring.conf"), "Victim.max_backoff = 2ms\n").expect("a file");
    Launch::new(ENDURING).within(directory).start()
}

/// What a test that fails in `test` says.
fn failure(test: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(test)).expect_err("the test fails");
    *payload.downcast::<String>().expect("a text")
}

#[test]
fn every_incarnation_is_told_of_in_order() {
    let mut tree = quick();
    for generation in 1..=20 {
        tree.await_event(Event::ready("Victim").generation(generation));
        assert_eq!(tree.kill("Victim"), generation);
    }
    let died = tree.await_event(Event::died("Victim").generation(20));
    assert_eq!((died.ended, died.detail), (Ended::Killed, 9));
    tree.await_event(Event::ready("Victim").after(20));
    let told = tree.events().iter().filter(|event| event.daemon == "Victim");
    let told: Vec<_> = told.map(|event| (event.what, event.generation)).collect();
    let whole = (1..=21).flat_map(|g| [What::Started, What::Ready, What::Died].map(|what| (what, g)));
    assert_eq!(told, whole.take(62).collect::<Vec<_>>());
    let ended = tree.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    assert!(!ended.directory.path().join("log").exists());
}

#[test]
fn an_incarnation_that_dies_at_once_was_ready_all_the_same() {
    let mut tree = quick();
    for generation in 1..=50 {
        // Killed wherever it is: root may hear of the death before it has looked whether it was ready.
        tree.await_event(Event::started("Victim").generation(generation));
        assert_eq!(tree.kill("Victim"), generation);
        if generation % 5 == 0 {
            tree.await_event(Event::died("Victim").generation(generation));
        }
    }
    tree.await_event(Event::ready("Victim").after(50));
    for name in ["Victim", "Watcher", "Mule"] {
        let events: Vec<_> = tree.events().iter().filter(|event| event.daemon == name).cloned().collect();
        for pair in events.windows(2) {
            let follows = match pair[0].what {
                What::Started => matches!(pair[1].what, What::Ready | What::Died),
                What::Ready => pair[1].what == What::Died,
                _ => pair[1].what == What::Started && pair[1].generation == pair[0].generation + 1,
            };
            assert!(follows, "{pair:?}");
        }
    }
    tree.stop();
}

#[test]
fn state_is_seen_from_outside() {
    let mut tree = Tree::start(ENDURING);
    tree.await_event(Event::ready("Victim"));
    let killed = tree.kill("Victim");
    let victim = tree.await_state::<Victim>("it was started twice", |state| *state.starts == 2);
    assert_eq!((*victim.value.state().starts, victim.generation, victim.sequence), (2, killed + 1, 2));
    tree.await_event(Event::ready("Watcher"));
    tree.await_event(Event::ready("Mule"));
    assert_eq!(*tree.state::<Watcher>().value.state().starts, 1);
    // A copy: what a test does to it is its own.
    let mut mule = tree.state::<Mule>().value;
    mule.update(|s| {
        *s.starts = 7;
        Ok::<_, ()>(())
    })
    .expect("a change of a copy");
    assert_eq!((*mule.state().starts, *tree.state::<Mule>().value.state().starts), (7, 1));
    let said = failure(|| drop(tree.state::<siblings::Anna>()));
    assert!(said.contains("the tree has no daemon `Anna`"), "{said}");
}

#[test]
fn a_daemon_is_stopped_and_goes_on() {
    let mut tree = Tree::start(ENDURING);
    tree.await_event(Event::ready("Victim"));
    assert_eq!(tree.freeze("Victim"), 1);
    tree.thaw("Victim");
    tree.await_event(Event::thawed("Victim"));
    assert_eq!(tree.freeze("Victim"), 1);
    assert_eq!(tree.kill("Victim"), 1);
    tree.await_event(Event::ready("Victim").generation(2));
}

#[test]
fn a_fault_is_injected_where_it_was_asked_for() {
    let fault = Fault::at(Point::CommitPublished).generation(1).abort();
    let mut tree = Launch::new(ENDURING).fault(fault).start();
    let died = tree.await_event(Event::died("Watcher").generation(1));
    assert_eq!((died.ended, i32::from(died.detail)), (Ended::Crashed, libc::SIGABRT));
    tree.line("fault point reached: commit.published");
    tree.await_event(Event::ready("Watcher").generation(2));
    assert_eq!(*tree.state::<Watcher>().value.state().starts, 2, "what was published is applied");
}

#[test]
fn a_test_that_fails_says_why_and_keeps_the_directory() {
    let mut kept = PathBuf::new();
    let said = failure(|| {
        let mut tree = Launch::new(ENDURING).patience(Duration::from_secs(2)).start();
        kept = tree.directory().path().to_owned();
        tree.await_event(Event::ready("Victim"));
        tree.await_event(Event::ready("Victim").generation(2));
    });
    for part in
        ["waited too long for this: Victim ready, generation 2", "Victim ready, generation 1", "sealed"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let log = std::fs::read_to_string(kept.join("log")).expect("the log is kept");
    assert!(log.contains("up name=Victim"), "{log}");
    std::fs::remove_dir_all(&kept).expect("a directory to remove");

    let said = failure(|| drop(Tree::start(ENDURING).await_event(Event::ready("Nobody"))));
    assert!(said.contains("has no daemon `Nobody`, but these: Victim, Watcher, Mule"), "{said}");
    let said = failure(|| {
        let mut tree = Tree::start(ENDURING);
        tree.await_event(Event::ready("Mule"));
        tree.signal(libc::SIGTERM);
        tree.await_event(Event::over("Mule"));
        tree.await_event(Event::ready("Mule").generation(2));
    });
    assert!(said.contains("ended, and this has not come"), "{said}");
    let said = failure(|| {
        assert!(Launch::new(ENDURING).env("PERENNIAL_CONFIG", "/nowhere").start().events().is_empty());
    });
    assert!(said.contains("cannot be observed"), "{said}");
}

#[test]
fn a_tree_is_gone_when_its_value_is() {
    let mut tree = Tree::start(ENDURING);
    let up = tree.line("up name=Victim");
    let pids = [tree.pid(), perennial_tests::number(&up, "pid") as i32].map(Watch::on);
    let directory = tree.directory().path().to_owned();
    drop(tree);
    assert!(pids.iter().all(|watch| watch.ends_within(PATIENCE)));
    assert!(!Path::new(&directory).exists());
}

/// Started by the test below: a test's process that starts a tree in a thread that ends, says where, and waits.
#[test]
#[ignore = "part of another test"]
fn a_test_that_is_killed() {
    let tree = std::thread::spawn(|| {
        let mut tree = Tree::start(ENDURING);
        tree.await_event(Event::ready("Mule"));
        tree
    });
    let tree = tree.join().expect("a tree");
    assert!(runs(tree.pid()));
    println!("tree {} in {}", tree.pid(), tree.directory().path().display());
    std::thread::park();
}

#[test]
fn a_tree_does_not_outlive_the_process_of_its_test() {
    use std::io::BufRead;
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--ignored", "--exact", "--nocapture", "a_test_that_is_killed"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("this program runs");
    let mut lines = std::io::BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let told = lines.find_map(|line| Some(line.ok()?.split_once("tree ")?.1.to_owned())).expect("a tree");
    let (pid, directory) = told.split_once(" in ").expect("a directory");
    let root = Watch::on(pid.parse().expect("a number"));
    child.kill().expect("it runs");
    assert!(root.ends_within(PATIENCE));
    child.wait().expect("a child");
    std::fs::remove_dir_all(directory).expect("it was left behind");
}

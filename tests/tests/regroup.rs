//! What a daemon that is stopped and started together with others keeps: that it was healthy, and what it was told.

use perennial_tests::interpose::{Asked, start_hooked};
use perennial_tests::{Launch, Tree, census, field, number};
use std::sync::mpsc::channel;
use std::time::Duration;

const REGROUPED: &str = env!("CARGO_BIN_EXE_regrouped");

fn up(tree: &mut Tree, name: &str, generation: i64) -> String {
    tree.line_with(&[&format!("up name={name} "), &format!("generation={generation} ")])
}

fn kill(pid: i64) {
    // SAFETY: takes numbers; the process belongs to the tree of this test.
    assert_eq!(unsafe { libc::kill(pid as i32, libc::SIGKILL) }, 0);
}

fn finish(tree: Tree) {
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
}

#[test]
fn who_was_healthy_when_it_was_stopped_with_others_begins_its_ladder_anew() {
    let mut tree = Launch::new(REGROUPED).start();
    let resetter = number(&up(&mut tree, "Resetter", 1), "pid");
    up(&mut tree, "Elder", 1);
    tree.nudge("panic");
    assert_eq!(field(&up(&mut tree, "Elder", 2), "recovered"), "Resumed");
    let resetter_now = number(&up(&mut tree, "Resetter", 2), "pid");
    assert_ne!(resetter, resetter_now);
    // Longer than `healthy_after`.
    std::thread::sleep(Duration::from_millis(600));
    kill(resetter_now);
    up(&mut tree, "Elder", 3);
    // Its first death since it was healthy.
    tree.nudge("panic");
    let line = up(&mut tree, "Elder", 4);
    assert_eq!((field(&line, "recovered"), number(&line, "steps")), ("Resumed", 1));
    finish(tree);
}

#[test]
fn an_order_to_reset_that_was_not_taken_outlives_a_stop_with_others() {
    let (seen, arrivals) = channel();
    let (release, released) = channel::<()>();
    let mut calls = 0;
    // A newborn makes this call before it looks at its order; the first two are those of the first incarnations.
    let hook = move |asked: Asked| {
        calls += u32::from(!asked.by_root);
        if calls == 3 {
            seen.send(()).expect("the test listens");
            let _ = released.recv();
        }
        None
    };
    let (mut tree, interposer) = start_hooked(Launch::new(REGROUPED), libc::SYS_setpgid, hook);
    let first = up(&mut tree, "Resetter", 1);
    assert_eq!(number(&first, "starts"), 1);
    let elder = number(&up(&mut tree, "Elder", 1), "pid");
    kill(number(&first, "pid"));
    arrivals.recv().expect("a newborn");
    tree.line("starting again from the beginning in ");
    // The other one is born as well by now, behind it, and gets no further either.
    let old = [i64::from(tree.pid()), number(&first, "pid"), elder];
    let mut born = Vec::new();
    tree.until("both are forked", |tree| {
        born = census::family(tree.pid()).iter().map(|process| process.pid).collect();
        born.retain(|pid| !old.contains(&i64::from(*pid)));
        born.sort_unstable();
        born.len() == 2
    });
    // Its death takes the newborn along, which has not taken its order.
    kill(born[1].into());
    tree.until("it went along", |_| !census::runs(born[0]));
    release.send(()).expect("the hook waits");
    let line = up(&mut tree, "Resetter", 3);
    assert_eq!(number(&line, "starts"), 1, "it was reset");
    finish(tree);
    interposer.tally();
}

//! Ends that root might have misunderstood: a last word, a newborn that could not be born, a kill that the kernel
//! refused, a dependency that is gone, and deadlines that passed while nobody could run.

use perennial_tests::interpose::start_hooked;
use perennial_tests::{Launch, Tree, census, number};
use std::io::Error;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LAST_WORDS: &str = env!("CARGO_BIN_EXE_last_words");
const PARTINGS: &str = env!("CARGO_BIN_EXE_partings");
const SUPERVISED: &str = env!("CARGO_BIN_EXE_supervised");

fn up(tree: &mut Tree, name: &str) -> i32 {
    number(&tree.line(&format!("up name={name} ")), "pid") as i32
}

fn signal(pid: i32, signal: i32) {
    // SAFETY: takes numbers; the process belongs to the tree of this test.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0, "signalling {pid}");
}

/// Root has looked for requests, and then the last daemon asks for a shutdown and ends, all in one round.
#[test]
fn the_last_word_of_the_last_daemon_is_heard() {
    let armed = Arc::new(AtomicBool::new(false));
    let (held, holds) = channel();
    let (release, released) = channel();
    let hook = {
        let armed = Arc::clone(&armed);
        move |asked: perennial_tests::interpose::Asked| {
            if asked.by_root && armed.swap(false, SeqCst) {
                held.send(()).expect("the test listens");
                let _ = released.recv();
            }
            None
        }
    };
    // Root looks for children that have ended behind the requests, once a round.
    let (mut tree, interposer) = start_hooked(Launch::new(LAST_WORDS), libc::SYS_waitid, hook);
    let pid = up(&mut tree, "Speaker");
    tree.until("it waits", |tree| tree.tool(&["ps"]).status.success());
    armed.store(true, SeqCst);
    tree.signal(libc::SIGQUIT);
    holds.recv().expect("root looks");
    tree.send("finish");
    tree.until("it has ended", |_| !census::runs(pid));
    release.send(()).expect("the hook waits");
    let ended = tree.end();
    assert_eq!(ended.code, Some(7), "{}", ended.lines.join("\n"));
    interposer.tally();
}

/// Has the kernel refuse `mseal` to everybody.
fn without_seals() -> std::io::Result<()> {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, k, jf| libc::sock_filter { code, jt: 0, jf, k };
    let mut program = [
        step(LOAD, 0, 0),
        step(EQUAL, libc::SYS_mseal as u32, 1),
        step(RETURN, libc::SECCOMP_RET_ERRNO | libc::EACCES as u32, 0),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0),
    ];
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: takes numbers, and reads a local.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) != 0
        {
            return Err(Error::last_os_error());
        }
    }
    Ok(())
}

#[test]
fn a_newborn_that_could_not_be_born_says_so() {
    let ended = Launch::new(SUPERVISED).arg("idle").prepared(without_seals).start().end();
    assert_eq!(ended.code, Some(80), "{}", ended.lines.join("\n"));
    assert!(ended.with("could not start: sealing the alias: EACCES").count() > 0);
    let ends: Vec<&str> = ended
        .with(" root[")
        .filter(|line| ["First [", "Second [", "Third ["].iter().any(|name| line.contains(name)))
        .collect();
    assert!(ends.len() >= 6, "{ends:#?}");
    for line in ends {
        assert!(line.contains("] could not start") && !line.contains("called exit"), "{line}");
    }
}

/// A daemon that the kernel would not let root kill is killed again, though it is not its turn to stop.
#[test]
fn everybody_who_could_not_be_killed_is_killed_again() {
    let killed = Arc::new(Mutex::new(Vec::new()));
    let refusing = Arc::new(AtomicBool::new(true));
    let hook = {
        let (killed, refusing) = (Arc::clone(&killed), Arc::clone(&refusing));
        move |asked: perennial_tests::interpose::Asked| {
            let [pid, signal, ..] = asked.arguments;
            if !asked.by_root || signal as i32 != libc::SIGKILL || !refusing.load(SeqCst) {
                return None;
            }
            killed.lock().expect("no panic").push(pid as i32);
            Some(libc::EPERM)
        }
    };
    let (mut tree, interposer) = start_hooked(Launch::new(SUPERVISED).arg("stubborn"), libc::SYS_kill, hook);
    let pids = ["First", "Second"].map(|name| up(&mut tree, name));
    up(&mut tree, "Third");
    tree.mark();
    tree.signal(libc::SIGTERM);
    tree.line("down name=Third");
    // Signals that come together are one request.
    std::thread::sleep(Duration::from_millis(100));
    tree.signal(libc::SIGTERM);
    let times = |pid: i32| killed.lock().expect("no panic").iter().filter(|seen| **seen == pid).count();
    tree.until("each is killed three times", |_| pids.iter().all(|pid| times(*pid) >= 3));
    refusing.store(false, SeqCst);
    let ended = tree.end();
    assert_eq!(ended.code, Some(81), "{}", ended.lines.join("\n"));
    interposer.tally();
}

fn partings() -> (Tree, [i32; 3]) {
    let mut tree = Launch::new(PARTINGS).start();
    let pids = ["Helper", "Client", "Late"].map(|name| up(&mut tree, name));
    (tree, pids)
}

fn finish(mut tree: Tree) {
    tree.signal(libc::SIGTERM);
    tree.line("stopping name=Late");
    tree.nudge("stop");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
}

#[test]
fn who_has_run_is_started_again_without_its_dependency() {
    let (mut tree, [helper, client, _]) = partings();
    tree.send("ready");
    tree.line("ready name=Late");
    signal(helper, libc::SIGKILL);
    tree.line("Helper [");
    tree.mark();
    signal(client, libc::SIGKILL);
    tree.line("up name=Client ");
    finish(tree);
}

/// Has root and the daemon stand still for longer than any timeout, and root go on well before the daemon does.
fn stand_still(tree: &mut Tree, daemon: i32) {
    signal(daemon, libc::SIGSTOP);
    tree.signal(libc::SIGSTOP);
    std::thread::sleep(Duration::from_secs(2));
    tree.signal(libc::SIGCONT);
    std::thread::sleep(Duration::from_millis(200));
    if !census::runs(daemon) {
        tree.fail("ended the daemon");
    }
    signal(daemon, libc::SIGCONT);
}

#[test]
fn a_time_in_which_everybody_stood_still_is_no_part_of_a_start() {
    let (mut tree, [_, _, late]) = partings();
    stand_still(&mut tree, late);
    tree.send("ready");
    assert_eq!(number(&tree.line("ready name=Late"), "generation"), 1);
    finish(tree);
}

#[test]
fn a_time_in_which_everybody_stood_still_is_no_part_of_a_stop() {
    let (mut tree, [_, _, late]) = partings();
    tree.send("ready");
    tree.line("ready name=Late");
    tree.signal(libc::SIGTERM);
    tree.line("stopping name=Late");
    stand_still(&mut tree, late);
    tree.nudge("stop");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    ended.last("down name=Late");
}

//! The table of processes is full: root cannot fork and says so, tries again without being busy, and starts its
//! daemon when there is room; a daemon's transaction fails with its own kind of failure.
//!
//! Full means `RLIMIT_NPROC` of one, set on the running process. The kernel spares the superuser, so where the tests
//! run as that, the tree runs as somebody else.

use perennial_tests::usage::worked;
use perennial_tests::{Launch, Tree, number};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

const CROWDING: &str = env!("CARGO_BIN_EXE_crowding");

/// A user without a name, whose processes are the tree's alone.
const SOMEBODY: u32 = 64_321;

/// The tree, as a user whom limits apply to.
fn start() -> Tree {
    let launch = Launch::new(CROWDING);
    if !nix::unistd::geteuid().is_root() {
        return launch.start();
    }
    // Somebody else may not be able to reach the directory in which the tests are built.
    let directory = perennial::test::Directory::new();
    let program = directory.path().join("crowding");
    std::fs::copy(CROWDING, &program).expect("a copy of the program");
    let owner = nix::unistd::Uid::from_raw(SOMEBODY);
    nix::unistd::chown(directory.path(), Some(owner), None).expect("the superuser gives it away");
    let launch = Launch::new(program.to_str().expect("a path of ASCII")).within(directory);
    let become_somebody = || {
        // SAFETY: takes numbers.
        let done = unsafe { libc::setgid(SOMEBODY) == 0 && libc::setuid(SOMEBODY) == 0 };
        if done { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    };
    launch.prepared(become_somebody).start()
}

/// Limits the processes that the user of `pid` may have, in the eyes of `pid`; back to what it was with `None`.
fn limit(pid: i32, most: Option<u64>) {
    let set = move || {
        // SAFETY: writes and reads locals.
        let done = unsafe {
            let mut now: libc::rlimit = core::mem::zeroed();
            let read = libc::prlimit(pid, libc::RLIMIT_NPROC, core::ptr::null(), &raw mut now) == 0;
            now.rlim_cur = most.unwrap_or(now.rlim_max);
            read && libc::prlimit(pid, libc::RLIMIT_NPROC, &raw const now, core::ptr::null_mut()) == 0
        };
        if done { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    };
    // A process may set the limits of its own user's; the superuser without all of its capabilities may not.
    let mut helper = Command::new("true");
    if nix::unistd::geteuid().is_root() {
        helper.uid(SOMEBODY).gid(SOMEBODY);
    }
    // SAFETY: `set` neither allocates nor locks.
    let status = unsafe { helper.pre_exec(set) }.status().expect("setting a limit");
    assert!(status.success());
}

fn stop(tree: Tree) {
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{:?}", ended.lines);
    let peer = ended.last("down name=Peer");
    assert_eq!(number(peer, "generation"), 1, "the peer was disturbed");
}

#[test]
fn root_waits_for_room_and_starts_its_daemon_then() {
    let mut tree = start();
    let worker = number(&tree.line("up name=Worker"), "pid") as i32;
    tree.line("up name=Peer");
    let root = tree.pid();
    limit(root, Some(1));
    let (began, before) = (Instant::now(), worked(root));
    // SAFETY: takes numbers; the daemon runs.
    unsafe { libc::kill(worker, libc::SIGKILL) };
    // It says so each time it tries.
    tree.nth_line("cannot fork", 8);
    let (took, work) = (began.elapsed(), worked(root).saturating_sub(before));
    let refused = tree.said().matches("cannot fork").count();
    println!("root_full refusals={refused} seconds={:.2} work={work:?}", took.as_secs_f64());
    let why = |line: &&str| line.contains("EAGAIN") || line.contains("Try again");
    assert_eq!(tree.said().lines().filter(why).count(), refused, "it says why:\n{}", tree.said());
    assert!(took >= Duration::from_millis(7 * 50), "root waits between its attempts: 8 in {took:?}");
    assert!(work * 10 < took, "root is not busy: {work:?} in {took:?}");
    assert!(!tree.said().contains("generation=2"), "nothing was started");

    limit(root, None);
    let freed = Instant::now();
    let up = tree.nth_line("up name=Worker pid=", 2);
    let waited = freed.elapsed();
    println!("root_full started_after={waited:?} generation={}", number(&up, "generation"));
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    tree.send("work");
    assert_eq!(tree.line("done "), "done ok=1");
    stop(tree);
}

#[test]
fn a_transaction_without_a_process_fails_as_not_started() {
    let mut tree = start();
    let worker = number(&tree.line("up name=Worker"), "pid") as i32;
    tree.line("up name=Peer");
    tree.send("work");
    assert_eq!(tree.line("done "), "done ok=1");
    limit(worker, Some(1));
    for _ in 0..20 {
        tree.send("work");
        let wanted = format!("done failure=NotStarted errno={}", libc::EAGAIN);
        assert_eq!(tree.line("done "), wanted);
    }
    limit(worker, None);
    tree.send("work");
    assert_eq!(tree.line("done "), "done ok=2", "nothing was lost, nothing was done twice");
    stop(tree);
}

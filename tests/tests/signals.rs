//! What signals do to root, whoever sends them, and what it reads again when it is told to.

use perennial_tests::{Ended, Launch, Tree, census, field, number};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

const SIGNALLED: &str = env!("CARGO_BIN_EXE_signalled");

/// The signals of a crash.
const CRASHES: [i32; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP, libc::SIGSYS];

/// All signals that root is to survive: those that can be caught, but for the requests to stop.
fn harmless() -> impl Iterator<Item = i32> {
    (1..=64).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP, libc::SIGTERM, libc::SIGINT].contains(signal))
}

fn up(launch: Launch) -> (Tree, [i32; 2]) {
    let mut tree = launch.start();
    let pids =
        ["Steady", "Brittle"].map(|name| number(&tree.line(&format!("up name={name} ")), "pid") as i32);
    (tree, pids)
}

fn idle() -> (Tree, [i32; 2]) {
    up(Launch::new(SIGNALLED))
}

fn kill(pid: i32, signal: i32) {
    // SAFETY: takes numbers.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0, "signal {signal} to {pid}");
}

fn starts(ended: &Ended) -> usize {
    ended.with("up name=").count()
}

/// Root says neither warnings nor errors. A daemon may: of a transaction that was signalled before it was itself.
fn is_calm(ended: &Ended) {
    let alarming: Vec<&str> =
        ended.with("root[").filter(|line| line.contains(" warn ") || line.contains(" error ")).collect();
    assert!(alarming.is_empty(), "{alarming:?}");
}

fn stop(tree: Tree) -> Ended {
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!((ended.code, ended.signal), (Some(0), None), "{:?}", ended.lines);
    ended
}

#[test]
fn root_goes_on_whatever_is_sent() {
    let (mut tree, pids) = idle();
    for signal in harmless() {
        tree.signal(signal);
    }
    // Once root has written its status it has handled what was sent before, though not in this order.
    for signal in CRASHES {
        let name = nix::sys::signal::Signal::try_from(signal).unwrap();
        tree.line(&format!("{name} from process {} ignored", std::process::id()));
    }
    // A queue of every signal that queues, and all the others over and over.
    for _ in 0..200 {
        for signal in harmless() {
            // SAFETY: takes numbers; nothing looks at the value.
            unsafe {
                let value = libc::sigval { sival_ptr: core::ptr::null_mut() };
                libc::sigqueue(tree.pid(), signal, value);
                libc::syscall(libc::SYS_tgkill, tree.pid(), tree.pid(), signal);
            }
        }
    }
    // And all at the same moment.
    for _ in 0..20 {
        tree.signal(libc::SIGSTOP);
        for signal in harmless().filter(|&signal| signal != libc::SIGCONT) {
            tree.signal(signal);
        }
        tree.signal(libc::SIGCONT);
    }
    assert_eq!(tree.tool(&["ps"]).status.code(), Some(0));
    assert!(pids.iter().all(|pid| census::runs(*pid)), "the daemons were not disturbed");
    tree.mark();
    tree.signal(libc::SIGQUIT);
    let status = tree.line("status of signalled");
    assert!(status.contains(" 0 calls of the heap since the seal"), "{status}");
    let ended = stop(tree);
    assert_eq!(starts(&ended), 2, "nobody was started again");
}

#[test]
fn everything_at_once_stops_in_order() {
    let (tree, pids) = idle();
    tree.signal(libc::SIGSTOP);
    for signal in (1..=64).filter(|&signal| ![libc::SIGKILL, libc::SIGSTOP, libc::SIGCONT].contains(&signal))
    {
        tree.signal(signal);
    }
    tree.signal(libc::SIGCONT);
    let ended = tree.end();
    assert_eq!((ended.code, ended.signal), (Some(0), None));
    let down: Vec<&str> = ended.with("down name=").map(|line| field(line, "name")).collect();
    assert_eq!(down, ["Brittle", "Steady"]);
    assert!(!pids.into_iter().any(census::runs));
}

/// Puts `code` where root will go on once it is woken.
fn implant(root: i32, code: &[u8]) {
    // Only while it waits the kernel says where; the last two words are stack and instruction pointer.
    let at = loop {
        let words = fs::read_to_string(format!("/proc/{root}/syscall")).expect("a process of one's own");
        if let Some(at) = words.trim().rsplit_once("0x").filter(|_| words.starts_with("449 ")) {
            break u64::from_str_radix(at.1, 16).expect("a number");
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let memory = fs::File::options().write(true).open(format!("/proc/{root}/mem")).expect("root's memory");
    memory.write_all_at(code, at).expect("the kernel writes to code as well");
}

#[cfg(target_arch = "x86_64")]
#[test]
fn root_dies_of_its_own_crash() {
    let (tree, pids) = idle();
    let watches = pids.map(census::Watch::on);
    implant(tree.pid(), &[0x0f, 0x0b]); // ud2
    tree.signal(libc::SIGCHLD);
    let ended = tree.end();
    assert_eq!(ended.signal, Some(libc::SIGILL));
    let said = ended.last("root crashed: SIGILL (code ");
    assert!(said.contains(" at address 0x") && said.contains("the tree ends with it"), "{said}");
    assert!(watches.iter().all(|watch| watch.ends_within(Duration::from_secs(5))));
}

#[cfg(target_arch = "x86_64")]
#[test]
fn root_dies_of_its_own_abort() {
    #[rustfmt::skip]
    const ABORT: [u8; 30] = [
        0xb8, 0x27, 0, 0, 0, 0x0f, 0x05, // getpid()
        0x89, 0xc7, 0x89, 0xc6, // is process and thread
        0xba, 0x06, 0, 0, 0, // SIGABRT
        0xb8, 0xea, 0, 0, 0, 0x0f, 0x05, // tgkill()
        0xeb, 0xfe, 0x90, 0x90, 0x90, 0x90, 0x90, // for ever
    ];
    let (tree, _) = idle();
    implant(tree.pid(), &ABORT);
    tree.signal(libc::SIGCHLD);
    let ended = tree.end();
    assert_eq!(ended.signal, Some(libc::SIGABRT));
    ended.last("root crashed: SIGABRT (code -6)");
}

#[test]
fn a_daemon_dies_of_what_is_sent_to_it() {
    let (mut tree, pids) = idle();
    let mut pid = pids[0];
    for (nth, signal) in [libc::SIGSEGV, libc::SIGABRT, libc::SIGHUP, libc::SIGQUIT].into_iter().enumerate() {
        kill(pid, signal);
        pid = number(&tree.nth_line("up name=Steady", nth + 2), "pid") as i32;
        let ps = tree.tool(&["ps"]);
        let text = String::from_utf8_lossy(&ps.stdout).into_owned();
        let how = if nth < 2 { "crashed" } else { "killed" };
        let end = format!("{how} {}", nix::sys::signal::Signal::try_from(signal).unwrap());
        let row = text.lines().find(|line| line.contains("Steady")).expect("a row");
        assert!(row.ends_with(&end), "{row} does not end with {end}");
    }
    stop(tree);
}

/// The settings file where root looks for it.
fn settings(tree: &Tree) -> PathBuf {
    tree.directory().path().join("signalled.conf")
}

fn reload(tree: &mut Tree, text: &str) {
    fs::write(settings(tree), text).expect("a file");
    tree.mark();
    tree.signal(libc::SIGHUP);
}

#[test]
fn settings_are_read_again() {
    let (mut tree, pids) = idle();
    reload(&mut tree, "log = debug\nBrittle.max_restarts = 3 # more\nSteady.backoff = 2s\n");
    let said = tree.line("signalled.conf: ");
    assert!(
        said.ends_with(": log info -> debug, Steady.backoff 10ms -> 2s, Brittle.max_restarts 1 -> 3"),
        "{said}"
    );
    for name in ["Steady", "Brittle"] {
        tree.line(&format!("reload name={name} generation=1"));
        tree.line(&format!("debug {name}#1["));
    }
    reload(&mut tree, "log = debug\nBrittle.max_restarts = 3\nSteady.backoff = 2s\n");
    tree.line("signalled.conf: read again, nothing changed");
    for name in ["Steady", "Brittle"] {
        tree.line(&format!("reload name={name} generation=1"));
    }
    // What is not in the file is as it was declared.
    reload(&mut tree, "Brittle.max_restarts = 3\n");
    let said = tree.line("signalled.conf: ");
    assert!(said.ends_with(": log debug -> info, Steady.backoff 2s -> 10ms"), "{said}");
    for name in ["Steady", "Brittle"] {
        tree.line(&format!("reload name={name} generation=1"));
    }
    // What root goes by has changed: three restarts, and no fourth.
    let mut pid = pids[1];
    for _ in 0..3 {
        kill(pid, libc::SIGKILL);
        pid = number(&tree.line("up name=Brittle pid="), "pid") as i32;
        tree.mark();
    }
    kill(pid, libc::SIGKILL);
    let ended = tree.end();
    assert_eq!(ended.code, Some(80));
    ended.last("more than 3 restarts");
    assert_eq!(ended.with("debug Steady#1[").count(), 2, "only while the level was so");
}

#[test]
fn settings_say_how_long_to_wait_for_the_end() {
    let (mut tree, _) = up(Launch::new(SIGNALLED).arg("stubborn"));
    reload(&mut tree, "Brittle.stop_timeout = 10ms");
    tree.line("Brittle.stop_timeout 1m -> 10ms");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(81), "not after a minute");
}

#[test]
fn settings_say_what_a_hang_is() {
    let (mut tree, _) = up(Launch::new(SIGNALLED).arg("hanging"));
    reload(&mut tree, "Steady.watchdog = 200ms");
    tree.line("Steady.watchdog 1h -> 200ms");
    tree.line("gave no sign of life for ");
    tree.line("up name=Steady");
    tree.mark();
    tree.signal(libc::SIGQUIT);
    let status = tree.line("status of Steady: ");
    assert!(status.ends_with(", restarts 1, last end: hung"), "{status}");
    stop(tree);
}

#[test]
fn wrong_settings_change_nothing() {
    let (mut tree, pids) = idle();
    reload(&mut tree, "log = debug\nBrittle.max_restarts = many\nBrittel.within = 1s\n");
    let said = tree.line("line 2: ");
    assert!(
        said.contains(" error root[") && said.contains("/signalled.conf: line 2: `many` is no whole number")
    );
    assert!(tree.line("line 3: ").contains("the tree has no daemon `Brittel`; it has Steady, Brittle"));
    tree.line("not taken over, because of 2 errors; everything stays as it was");

    reload(&mut tree, &"nonsense\n".repeat(5000));
    tree.nth_line("`nonsense` has no `=`", 8);
    tree.line("because of 5000 errors, of which these are the first;");

    reload(&mut tree, &"# nothing but comments\n".repeat(3000));
    tree.line("has more than 65536 bytes; shorten it");

    let path = settings(&tree);
    fs::remove_file(&path).unwrap();
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRUSR).unwrap();
    tree.mark();
    tree.signal(libc::SIGHUP);
    tree.line("is no regular file; write settings into a file");
    fs::remove_file(&path).unwrap();

    std::os::unix::fs::symlink(&path, &path).unwrap();
    tree.mark();
    tree.signal(libc::SIGHUP);
    tree.line("cannot be read: Too many symbolic links");
    fs::remove_file(&path).unwrap();

    // Nobody was told and nothing has changed: without a file there is nothing to be changed back.
    tree.mark();
    tree.signal(libc::SIGHUP);
    tree.line("read again, nothing changed");
    for name in ["Steady", "Brittle"] {
        tree.line(&format!("reload name={name}"));
    }
    assert!(pids.iter().all(|pid| census::runs(*pid)));
    let ended = stop(tree);
    assert_eq!(ended.with("reload name=").count(), 2);
    assert_eq!(ended.with(" debug ").count(), 0);
}

#[test]
fn settings_are_read_at_the_start() {
    let directory = perennial::test::Directory::new();
    fs::write(
        directory.path().join("signalled.conf"),
        "Brittle.escalation = stop(17)\nBrittle.max_restarts = 0",
    )
    .unwrap();
    let (tree, pids) = up(Launch::new(SIGNALLED).within(directory));
    kill(pids[1], libc::SIGKILL);
    assert_eq!(tree.end().code, Some(17));
}

#[test]
fn wrong_settings_at_the_start_are_one_clear_message() {
    let directory = perennial::test::Directory::new();
    fs::write(directory.path().join("signalled.conf"), "\nlog = loud\nlog").unwrap();
    let ended = Launch::new(SIGNALLED).within(directory).start().end();
    assert_eq!(ended.code, Some(64));
    let [said] = &ended.lines[..] else { panic!("{:?}", ended.lines) };
    assert!(
        said.contains("signalled did not start: settings /")
            && said.ends_with(
                "/signalled.conf: line 2: `loud` is no level; write off, error, warn, info, debug or trace \
                 (and 1 more error)"
            ),
        "{said}"
    );
    assert_eq!(ended.directory.files(), ["signalled.conf", "signalled.lock"]);

    let ended = Launch::new(SIGNALLED).env("PERENNIAL_CONFIG", "/nowhere/at.all").start().end();
    assert_eq!((ended.code, ended.lines.len()), (Some(64), 1));
    ended.last("settings /nowhere/at.all: cannot be read: No such file or directory; make it readable");
}

#[test]
fn the_environment_names_the_file() {
    let directory = perennial::test::Directory::new();
    let path = directory.path().join("elsewhere");
    fs::write(&path, "log = warn").unwrap();
    let (mut tree, _) = up(Launch::new(SIGNALLED).env("PERENNIAL_CONFIG", path.to_str().unwrap()));
    fs::write(&path, "log = info").unwrap();
    tree.signal(libc::SIGHUP);
    tree.line("reload name=Steady");
    fs::write(&path, "log = warn").unwrap();
    tree.signal(libc::SIGHUP);
    tree.line("elsewhere: log info -> warn");
    let ended = stop(tree);
    assert_eq!(ended.with("asked to stop").count(), 0, "which is no warning");
}

#[test]
fn the_status_is_in_the_log() {
    let (mut tree, pids) = idle();
    kill(pids[1], libc::SIGKILL);
    let reborn = number(&tree.nth_line("up name=Brittle", 2), "pid");
    // It says that it is up before it waits.
    tree.until("Brittle is ready", |tree| {
        let ps = tree.tool(&["ps"]).stdout;
        let text = String::from_utf8_lossy(&ps).into_owned();
        text.lines().filter(|line| line.split_whitespace().any(|word| word == "yes")).count() == 2
    });
    tree.mark();
    tree.signal(libc::SIGQUIT);
    let root = tree.line("status of signalled: ");
    assert!(
        root.contains(": running, up ") && root.ends_with(", 2 daemons, 0 calls of the heap since the seal")
    );
    let steady = tree.line("status of Steady: ");
    let words = format!(": running, generation 1, pid {}, up ", pids[0]);
    assert!(steady.contains(&words) && steady.ends_with(", restarts 0, last end: -"), "{steady}");
    let brittle = tree.line("status of Brittle: ");
    let words = format!(": running, generation 2, pid {reborn}, up ");
    assert!(brittle.contains(&words) && brittle.contains(", ready, waiting for "), "{brittle}");
    assert!(brittle.ends_with(", restarts 1, last end: killed SIGKILL"), "{brittle}");
    stop(tree);
}

/// As systemd does by default: a request to stop goes to every process of the tree, in any order.
#[test]
fn a_request_to_everybody_stops_the_tree() {
    for round in 0..12 {
        let (mut tree, pids) = up(Launch::new(SIGNALLED).arg("flying"));
        let flight = number(&tree.line("flight pid="), "pid") as i32;
        let mut everybody = [tree.pid(), pids[0], pids[1], flight];
        everybody.rotate_left(round % 4);
        if round >= 8 {
            everybody.reverse();
        }
        for pid in everybody {
            // SAFETY: takes numbers; who has ended already is not yet anybody else.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
        let ended = tree.end();
        assert_eq!((ended.code, ended.signal), (Some(0), None), "{:?}", ended.lines);
        assert_eq!(starts(&ended), 2, "nobody is started again: {:?}", ended.lines);
        is_calm(&ended);
        ended.last("asked to stop");
    }
}

/// A daemon that is at its limit is no reason to alarm anybody when it dies of a request that is meant for root.
#[test]
fn a_request_to_everybody_is_no_crash() {
    let (mut tree, pids) = idle();
    kill(pids[1], libc::SIGKILL);
    let pid = number(&tree.nth_line("up name=Brittle", 2), "pid") as i32;
    kill(pid, libc::SIGTERM);
    tree.line("was killed by SIGTERM");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{:?}", ended.lines);
    assert_eq!(ended.with(" error ").count(), 0, "{:?}", ended.lines);
}

/// The request was not meant for root, so the limit holds.
#[test]
fn a_limit_reached_by_requests_is_a_limit() {
    let (mut tree, pids) = idle();
    kill(pids[1], libc::SIGTERM);
    let pid = number(&tree.nth_line("up name=Brittle", 2), "pid") as i32;
    kill(pid, libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(80), "{:?}", ended.lines);
    ended.last("Brittle has reached its limit of restarts; stopping with exit code 80");
}

/// Alone, it is a death like any other.
#[test]
fn a_daemon_that_is_asked_to_stop_alone_is_started_again() {
    let (mut tree, pids) = idle();
    kill(pids[0], libc::SIGTERM);
    tree.line("up name=Steady");
    tree.nth_line("up name=Steady", 2);
    let ended = stop(tree);
    let said = ended.last("was killed by SIGTERM, ");
    assert!(said.ends_with("; starting again in 50 ms"), "{said}");
}

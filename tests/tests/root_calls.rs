//! Every system call that root makes after its seal fails once, whichever of its occurrences and with whichever
//! error: root goes on as if nothing had happened, or stops in order with the documented code.
//!
//! Which calls these are is not listed here but seen: a first life is watched whole, and every call of it then
//! fails in a life of its own.

use perennial_tests::interpose::{self, Failing, Tally};
use perennial_tests::usage::worked;
use perennial_tests::{Ended, Launch, Tree, census, field, number};
use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const ENDURING: &str = env!("CARGO_BIN_EXE_enduring");
const TOGETHER: &str = env!("CARGO_BIN_EXE_enduring_together");

/// What happens in a life besides two deaths, a question, signals and the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Nothing.
    Docile,
    /// One daemon has to be killed in the end.
    Stubborn,
    /// One hangs and is ended by its watchdog, another is frozen for a while.
    Hanging,
    /// All are started again together.
    Together,
}

impl Life {
    const ALL: [Self; 4] = [Self::Docile, Self::Stubborn, Self::Hanging, Self::Together];

    fn launch(self) -> Launch {
        let program = if self == Self::Together { TOGETHER } else { ENDURING };
        Launch::new(program).arg(match self {
            Self::Docile | Self::Together => "docile",
            Self::Stubborn => "stubborn",
            Self::Hanging => "hanging",
        })
    }
}

const ERRORS: [(i32, &str); 6] = [
    (libc::EINTR, "EINTR"),
    (libc::EAGAIN, "EAGAIN"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::EPERM, "EPERM"),
    (libc::EINVAL, "EINVAL"),
    (libc::ENOSYS, "ENOSYS"),
];

/// Calls that cannot fail, whatever happens: the kernel only reads what it knows, or they do not return.
const CANNOT_FAIL: [i64; 5] =
    [libc::SYS_getpid, libc::SYS_gettid, libc::SYS_rt_sigreturn, libc::SYS_exit_group, libc::SYS_execve];

/// More occurrences of one call than this are not tried one by one.
const MOST: u32 = 24;

/// What root exits with where it cannot keep one daemon's memory from the others any more.
const SEAL: i32 = 71;
/// What root exits with where a daemon had to be killed.
const FORCED: i32 = 81;

/// Whether tools are answered.
fn answers(tree: &Tree) -> bool {
    let Ok(mut stream) = UnixStream::connect(tree.directory().path().join("enduring.sock")) else {
        return false;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
    let mut size = [0; 8];
    stream.read_exact(&mut size).is_ok() && u64::from_le_bytes(size) > 0
}

/// One life: start, two deaths, a tool, signals, stop.
fn live(life: Life, fail: Option<Failing>) -> Result<(Ended, Tally, Duration), String> {
    let (mut tree, interposer) = interpose::start(life.launch(), fail);
    let outcome = story(life, &mut tree);
    let work = match outcome {
        Ok(work) => work,
        // How it ended tells whether that was in order.
        Err(why) if why.starts_with("ended") => Duration::ZERO,
        Err(why) => return Err(format!("{why}\n{}", tree.said())),
    };
    let ended = tree.try_end(Duration::from_secs(6))?;
    Ok((ended, interposer.tally(), work))
}

/// The PIDs of the daemons by name, as they say them.
type Pids = BTreeMap<&'static str, i32>;

/// Waits for an incarnation of a daemon that is at least the one of this number.
fn await_up(tree: &mut Tree, pids: &mut Pids, name: &'static str, generation: i64) -> Result<String, String> {
    let wanted =
        |line: &str| line.contains(&format!("up name={name} ")) && number(line, "generation") >= generation;
    let line = tree
        .try_line(wanted, 1, Duration::from_secs(4))
        .map_err(|why| format!("{why}: generation {generation} of {name} is not up"))?;
    pids.insert(name, number(&line, "pid") as i32);
    Ok(line)
}

fn story(how: Life, tree: &mut Tree) -> Result<Duration, String> {
    let mut pids = Pids::new();
    for name in ["Victim", "Watcher", "Mule"] {
        let generation = if how == Life::Hanging && name == "Mule" { 2 } else { 1 };
        await_up(tree, &mut pids, name, generation)?;
    }
    for death in 1..=2 {
        // SAFETY: takes numbers; the daemon is not reaped before root has seen its death.
        unsafe { libc::kill(pids["Victim"], libc::SIGKILL) };
        let line = await_up(tree, &mut pids, "Victim", death + 1)?;
        if number(&line, "starts") != death + 1 || number(&line, "generation") != death + 1 {
            return Err(format!("the victim was not started once again: {line}"));
        }
        if how == Life::Together {
            await_up(tree, &mut pids, "Watcher", death + 1)?;
            await_up(tree, &mut pids, "Mule", death + 1)?;
        }
    }
    if how == Life::Hanging {
        for signal in [libc::SIGSTOP, libc::SIGCONT] {
            // SAFETY: takes numbers; the daemon runs.
            unsafe { libc::kill(pids["Watcher"], signal) };
        }
    }
    if !(answers(tree) || answers(tree)) {
        return Err("tools get no answer".to_owned());
    }
    std::fs::write(tree.directory().path().join("enduring.conf"), "log = info\nMule.watchdog = 250ms\n")
        .map_err(|error| format!("writing settings: {error}"))?;
    tree.signal(libc::SIGHUP);
    tree.signal(libc::SIGQUIT);
    // Each daemon once, and nobody else, once those that were killed are gone.
    let mut wanted: Vec<i32> = pids.values().copied().collect();
    wanted.sort_unstable();
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let mut running: Vec<i32> = census::children(tree.pid()).iter().map(|child| child.pid).collect();
        running.sort_unstable();
        if running == wanted {
            break;
        }
        if Instant::now() >= deadline {
            return Err(format!("root's children are {running:?} and must be {wanted:?}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let work = worked(tree.pid());
    tree.signal(libc::SIGTERM);
    Ok(work)
}

/// What root did about a failed call, in a word, or what it did wrong.
fn judge(
    life: Life,
    result: Result<(Ended, Tally, Duration), String>,
) -> Result<(&'static str, bool), String> {
    let (ended, tally, work) = result?;
    let said = || ended.lines.join("\n");
    // Those who stopped when all did: before that they may have been started again together.
    let last = ended.lines.iter().rposition(|line| line.contains("up name=")).map_or(0, |last| last + 1);
    let down = ended.lines[last..].iter().filter(|line| line.contains("down name="));
    let down: Vec<&str> = down.map(|line| field(line, "name")).collect();
    let order = ["Mule", "Watcher", "Victim"];
    let places: Vec<_> = down.iter().map(|name| order.iter().position(|known| known == name)).collect();
    if !places.is_sorted_by(|a, b| a < b) {
        return Err(format!("stopped out of order: {down:?}\n{}", said()));
    }
    let calls: u32 = tally.calls.values().sum();
    if work > Duration::from_millis(500) || calls > 3000 {
        return Err(format!("root was busy: {work:?}, {calls} calls\n{}", said()));
    }
    let (normal, all) = if life == Life::Stubborn { (FORCED, 2) } else { (0, 3) };
    match ended.code {
        Some(code) if code == normal && down.len() == all => Ok(("went on", tally.failed)),
        Some(SEAL) => Ok(("stopped with 71", tally.failed)),
        // It could not tell a daemon to stop, so that it had to be killed.
        Some(FORCED) => Ok(("stopped with 81", tally.failed)),
        code => Err(format!("code {code:?}, down {down:?}\n{}", said())),
    }
}

#[test]
fn each_system_call_of_root_fails_once() {
    let began = Instant::now();
    let mut plan: Vec<(Life, Failing, &str)> = Vec::new();
    for life in Life::ALL {
        let watched = live(life, None).unwrap_or_else(|why| panic!("a life without failure: {why}"));
        let seen = watched.1.calls.clone();
        judge(life, Ok(watched)).unwrap_or_else(|why| panic!("a life without failure: {why}"));
        println!(
            "root_calls {life:?}: {:?}",
            seen.iter().map(|(call, n)| (interpose::name(*call), n)).collect::<Vec<_>>()
        );
        assert!(seen.len() >= 12, "root's calls were seen: {seen:?}");
        for (&call, &count) in seen.iter().filter(|(call, _)| !CANNOT_FAIL.contains(call)) {
            for nth in 1..=count.min(MOST) {
                for (at, &(errno, name)) in ERRORS.iter().enumerate() {
                    // The first of the first life with every error, all others with one each.
                    if nth == 1 && life == Life::Docile || at == nth as usize % ERRORS.len() {
                        plan.push((life, Failing { call, nth, errno }, name));
                    }
                }
            }
        }
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(&(life, fail, error)) = plan.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = judge(life, live(life, Some(fail)));
                    results.lock().expect("no test thread panics").push((life, fail, error, outcome));
                }
            });
        }
    });
    let results = results.into_inner().expect("no test thread panicked");

    // Call by call: which errors, and what root did.
    let mut table: BTreeMap<(String, &str), BTreeMap<&str, Vec<u32>>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (life, fail, error, outcome) in &results {
        let row = table.entry((interpose::name(fail.call), error)).or_default();
        match outcome {
            Ok((what, true)) => row.entry(what).or_default().push(fail.nth),
            Ok((_, false)) => row.entry("not reached").or_default().push(fail.nth),
            Err(why) => {
                row.entry("WRONG").or_default().push(fail.nth);
                let name = interpose::name(fail.call);
                wrong.push(format!(
                    "{name} number {} failing with {error} in a life {life:?}: {why}",
                    fail.nth
                ));
            }
        }
    }
    println!("{:<16} {:<8} what root did (which of the calls failed)", "call", "error");
    for ((call, error), row) in &table {
        let cells: Vec<String> = row.iter().map(|(what, which)| format!("{what}: {which:?}")).collect();
        println!("{call:<16} {error:<8} {}", cells.join("; "));
    }
    let failed = results.iter().filter(|(.., outcome)| matches!(outcome, Ok((_, true)) | Err(_))).count();
    println!(
        "root_calls lives={} failures={failed} wrong={} seconds={:.1}",
        results.len(),
        wrong.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), results.len(), wrong.join("\n\n"));
    assert!(failed * 10 >= results.len() * 8, "the calls did fail: {failed} of {}", results.len());
}

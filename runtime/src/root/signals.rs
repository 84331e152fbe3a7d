//! Signals to root. Handlers note what arrived and change the poke word that root's loop waits on; the
//! comparison under the futex's lock makes sure that none is lost.
//!
//! | signal | what root does |
//! |---|---|
//! | SIGTERM, SIGINT | stops the tree in order; at a second request at once |
//! | SIGHUP | reads its settings again, see `settings` |
//! | SIGQUIT | writes the tree's status to the log, see `status` |
//! | SIGCHLD | looks at its children: one has ended, was stopped or goes on |
//! | SIGIO | answers a tool, or looks at a daemon that asks to be looked at |
//! | those of a crash | of its own: dies of it. Sent by somebody else: says so and goes on |
//! | all others that can be caught | nothing |

use super::block::Phase;
use super::child::State;
use super::obituary::Obituary;
use super::stop::ONE_REQUEST;
use super::supervisor::Supervisor;
use super::time::Time;
use crate::daemon::Ended;
use crate::failure::signal_name;
use crate::logger::Line;
use crate::report::{self, CRASHES};
use crate::sys::{Errno, clock, signal};
use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use log::Level;

/// Changes whenever a signal arrived.
pub static POKE: AtomicU32 = AtomicU32::new(0);
static STOPS: AtomicU32 = AtomicU32::new(0);
static RELOADS: AtomicU32 = AtomicU32::new(0);
static QUERIES: AtomicU32 = AtomicU32::new(0);
static SENT: [Sent; CRASHES.len()] = [const { Sent::none() }; CRASHES.len()];

/// A connection on the runtime socket, or a daemon that wants to be looked at; any otherwise unused signal would
/// do.
pub const KNOCK: c_int = libc::SIGIO;

const HANDLED: [c_int; 6] = [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, KNOCK];
/// What ends or stops a process by default and must neither end nor stop root.
const IGNORED: [c_int; 13] = [
    libc::SIGPIPE,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGPWR,
    libc::SIGSTKFLT,
];

/// Of these, what a daemon takes as usual; the others stay ignored in it. SIGPIPE is ignored by every Rust
/// program: a log whose reader has gone must not kill the daemon that writes it.
const RESTORED: [c_int; 4] = [libc::SIGUSR1, libc::SIGUSR2, libc::SIGALRM, libc::SIGTSTP];

/// What was sent of one of the signals of a crash.
struct Sent {
    /// Times not told of yet.
    untold: AtomicU32,
    /// The last sender.
    sender: AtomicI32,
    /// Monotonic seconds when it was told of last.
    told_at: AtomicU64,
}

impl Sent {
    const fn none() -> Self {
        Self { untold: AtomicU32::new(0), sender: AtomicI32::new(0), told_at: AtomicU64::new(0) }
    }
}

extern "C" fn on_signal(number: c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let count = match number {
        libc::SIGTERM | libc::SIGINT => Some(&STOPS),
        libc::SIGHUP => Some(&RELOADS),
        libc::SIGQUIT => Some(&QUERIES),
        _ => None,
    };
    if let Some(count) = count {
        count.fetch_add(1, Ordering::SeqCst);
    }
    poke();
}

/// A signal of a crash: raised by the kernel because of what root did, sent by root itself as `abort` does, or
/// sent by somebody else.
extern "C" fn on_crash(number: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel hands a valid siginfo to a handler with SA_SIGINFO; where a process sent the signal,
    // it says which.
    let (code, sender) = unsafe { ((*info).si_code, if (*info).si_code > 0 { 0 } else { (*info).si_pid() }) };
    // Only for these two codes the kernel itself fills in the sender; for others the sender may lie.
    let filled = matches!(code, libc::SI_USER | libc::SI_TKILL);
    // SAFETY: no arguments.
    if code > 0 || filled && sender == unsafe { libc::getpid() } {
        // SAFETY: as above.
        die(unsafe { report::seen(number, info, context) });
        return;
    }
    if let Some(sent) = CRASHES.iter().position(|&crash| crash == number).and_then(|index| SENT.get(index)) {
        sent.sender.store(sender, Ordering::SeqCst);
        sent.untold.fetch_add(1, Ordering::SeqCst);
    }
    poke();
}

/// Says of what root dies, and dies of it: the signal is blocked until the handler returns.
fn die(crash: crate::failure::Crash) {
    // SAFETY: reads a local; all-zero is a valid sigaction, the default disposition, with no handler of ours. Not by `dispose`, whose way into the kernel most calls take: that
    // may be what crashed.
    unsafe {
        let default: libc::sigaction = core::mem::zeroed();
        signal::set_action(crash.signal, &raw const default, core::ptr::null_mut());
    }
    let line = Line::new(Level::Error).text("root crashed: ").text(signal_name(crash.signal));
    let line = line.text(" (code ").signed(crash.code).text(")");
    let line = if crash.code > 0 { line.text(" at address ").hex(crash.address) } else { line };
    line.text(", instruction ").hex(crash.instruction).text("; the tree ends with it").log();
    // SAFETY: sends a signal to this thread.
    unsafe { libc::raise(crash.signal) };
}

/// Makes root's next wait return at once.
pub fn poke() {
    POKE.fetch_add(1, Ordering::SeqCst);
}

/// How often root was asked to stop.
pub fn stops() -> u32 {
    STOPS.load(Ordering::SeqCst)
}

/// Installs root's dispositions.
///
/// # Errors
/// None on kernels that perennial runs on.
pub fn install() -> Result<(), Errno> {
    for number in IGNORED {
        signal::dispose(number, true)?;
    }
    for number in libc::SIGRTMIN()..=libc::SIGRTMAX() {
        signal::dispose(number, true)?;
    }
    signal::dispose_reserved(true)?;
    for number in HANDLED {
        // SAFETY: the handler only adds to atomics. Without SA_NOCLDSTOP: root is to know of frozen daemons.
        unsafe { signal::handle_alone(number, on_signal, libc::SA_RESTART) }?;
    }
    for number in CRASHES {
        // SAFETY: the handler only stores words and makes system calls.
        unsafe { signal::handle_alone(number, on_crash, libc::SA_RESTART | libc::SA_ONSTACK) }?;
    }
    // Whoever started this program may have blocked what root must hear.
    signal::unblock_all();
    Ok(())
}

/// Puts the defaults back, in a fresh child. The signals of a crash are not among them: until a daemon has
/// installed its own handler they are blocked, and a fault ends it without one.
pub fn default_signals() {
    for number in HANDLED.into_iter().chain(RESTORED) {
        let _ = signal::dispose(number, false);
    }
    let _ = signal::dispose_reserved(false);
}

/// Tells of signals of a crash that somebody has sent: of each at most once a second, with how many there were.
fn tell_of_sent() {
    let now = clock::monotonic().as_secs().saturating_add(1);
    for (sent, &number) in SENT.iter().zip(&CRASHES) {
        if sent.untold.load(Ordering::SeqCst) == 0 || sent.told_at.load(Ordering::Relaxed) == now {
            continue;
        }
        sent.told_at.store(now, Ordering::Relaxed);
        let times = sent.untold.swap(0, Ordering::SeqCst);
        let line = Line::new(Level::Warn).text(signal_name(number)).text(" from process ");
        let line = line.signed(sent.sender.load(Ordering::SeqCst)).text(" ignored");
        let line = if times > 1 { line.text(", ").number(times).text(" times") } else { line };
        line.log();
    }
}

impl Supervisor {
    /// A daemon has died and would be started again in `wait`. If it died of a signal that asks to stop, others of
    /// the tree may have got the same one, root the last of them (systemd signals a whole control group unless it is
    /// told otherwise): the restart waits as long as it takes to know, and nothing alarming is said.
    pub(super) fn hold(found: &Obituary, wait: Time, level: Level) -> (Time, Level) {
        let asked = found.ended == Ended::Killed && matches!(found.detail, libc::SIGTERM | libc::SIGINT);
        if asked { (wait.max(ONE_REQUEST), Level::Info) } else { (wait, level) }
    }

    /// A daemon's time has come: if it reached its limit by such a death, the tree is stopped now, since nobody has
    /// asked root in the meantime. Returns whether that is so.
    pub(super) fn execute(&mut self, index: usize) -> bool {
        let Some(code) = self.child_mut(index).stops_with.take() else { return false };
        let line = Line::new(Level::Error).text(self.daemon(index).name);
        line.text(" has reached its limit of restarts; stopping with exit code ").signed(code).log();
        self.child_mut(index).state = State::Ended;
        self.set_phase(index, Phase::Ended);
        self.stopping = Some(code);
        // Whoever is to stop first is asked in the next round.
        poke();
        true
    }

    /// What signals ask for besides stopping.
    pub(super) fn notice_operator(&mut self) {
        tell_of_sent();
        if RELOADS.swap(0, Ordering::SeqCst) != 0 {
            self.reload();
        }
        let allocations = crate::heap::calls_since_seal();
        self.arenas.block().allocations.store(allocations, Ordering::Relaxed);
        if QUERIES.swap(0, Ordering::SeqCst) != 0 {
            self.report_status();
        }
    }
}

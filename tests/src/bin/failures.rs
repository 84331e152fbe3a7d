//! A daemon that fails as it is told on standard input, in itself or in a transaction, and a peer that must
//! not notice.

#![allow(
    clippy::result_large_err,
    reason = "failures carry their reports by value: there is no heap to box them in"
)]

use core::sync::atomic::{AtomicUsize, Ordering};
use perennial::prelude::*;
use perennial::report::Cause;
use perennial_tests::fault::{FAULTS, Fault};
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// What an uncommitted change would add.
const STRAY: u64 = 1_000_000;

#[message]
#[derive(Debug)]
enum Refusal {
    Asked,
    NoMemory,
    Full,
}

#[daemon(
    mem = "1MiB",
    record = "8KiB",
    heap = "64KiB",
    scratch = "64KiB",
    max_restarts = 1000,
    backoff = "1ms",
    within = "20ms"
)]
struct Victim {
    steps: u64,
    total: u64,
    rows: Array<u64, 1000>,
    note: Text<16>,
    sent: Producer<u64, 64>,
    pages: Array<[u8; 3000], 4>,
}

#[daemon(mem = "128KiB")]
struct Peer {
    count: u64,
    sum: u64,
    got: Consumer<u64, 64>,
}

fn step(s: &mut VictimMut<'_>, amount: u64) -> Result<(), Refusal> {
    book(s.steps, s.total, s.rows, s.note, s.sent, amount)
}

fn book(
    steps: &mut u64,
    total: &mut u64,
    rows: &mut Array<u64, 1000>,
    note: &mut Text<16>,
    sent: &mut Producer<u64, 64>,
    amount: u64,
) -> Result<(), Refusal> {
    *steps += 1;
    *total += amount;
    rows.update(1 + amount % 999, |row| *row += amount).map_err(|_| Refusal::Full)?;
    *note = Text::truncated(if amount == STRAY { "stray" } else { "kept" });
    sent.push(amount).map_err(|_| Refusal::Full)
}

/// Fails as told, after it has changed everything.
fn fail(fault: Fault, rows: &mut Array<u64, 1000>, pages: &mut Array<[u8; 3000], 4>) -> Result<(), Refusal> {
    // Row 0 is never changed, so this is where it is committed.
    fault.strike(rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref));
    match fault {
        Fault::Error => Err(Refusal::Asked),
        Fault::Malloc => Err(Refusal::NoMemory),
        Fault::Overrun => {
            // The third has no room, what follows it has; the task itself does not care.
            for page in 0..4_u32 {
                let _ = pages.set(page, [1; 3000]);
            }
            let _ = rows.set(999_u32, 1);
            Ok(())
        }
        _ => Ok(()),
    }
}

impl Victim {
    #[transaction]
    fn good(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        amount: u64,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, amount)?;
        Ok(*total)
    }

    #[transaction(timeout = "200ms")]
    fn bad(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        pages: &mut Array<[u8; 3000], 4>,
        fault: Fault,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, STRAY)?;
        fail(fault, rows, pages)?;
        Ok(*total)
    }

    /// Changes everything and waits; first it gives its daemon a signal, if it is told to.
    #[transaction]
    fn linger(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        strike: bool,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, STRAY)?;
        say!("flight pid={}", std::process::id());
        if strike {
            // SAFETY: the parent is the daemon, which waits for this process.
            unsafe { libc::kill(libc::getppid(), libc::SIGUSR1) };
        }
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }

    #[transaction(retries = 2, backoff = "1ms")]
    fn stubborn(total: &mut u64) -> Result<u64, Refusal> {
        *total += STRAY;
        say!("try pid={}", std::process::id());
        Fault::Null.strike(core::ptr::null());
        Ok(0)
    }

    /// Leaves a process behind, in a session of its own if it is told to.
    #[transaction]
    fn spawn(total: &mut u64, session: bool) -> Result<u64, Refusal> {
        *total += 0;
        // SAFETY: a transaction has one thread.
        match unsafe { libc::fork() } {
            -1 => Err(Refusal::NoMemory),
            0 => {
                if session {
                    // SAFETY: no arguments.
                    unsafe { libc::setsid() };
                }
                say!("orphan pid={}", std::process::id());
                loop {
                    // SAFETY: no arguments.
                    unsafe { libc::pause() };
                }
            }
            _ => Ok(1),
        }
    }

    #[transaction]
    #[allow(clippy::unnecessary_wraps, reason = "the shape of a transaction")]
    fn grab(total: &mut u64) -> Result<u64, Refusal> {
        *total += 0;
        Ok(grab())
    }

    /// Grows and shrinks, in Rust and in C, within its budget.
    #[transaction]
    fn work(total: &mut u64, rounds: u64) -> Result<u64, Refusal> {
        let mut sum = 0;
        for round in 0..rounds {
            let block = vec![round; 1000];
            // SAFETY: the block is used within its size and freed once.
            unsafe {
                let c: *mut u64 = libc::malloc(8000).cast();
                if c.is_null() {
                    return Err(Refusal::NoMemory);
                }
                c.write(block[round as usize % 1000]);
                sum += *c;
                libc::free(libc::realloc(c.cast(), 16_000));
            }
        }
        *total += 0;
        Ok(sum)
    }
}

/// Asks the kernel itself for memory, as a library with an allocator of its own would; counts the refusals.
fn grab() -> u64 {
    // SAFETY: opens this program for reading.
    let own = unsafe { libc::open(c"/proc/self/exe".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    let mut refused = 0;
    for (flags, descriptor) in [
        (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1),
        (libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1),
        (libc::MAP_SHARED_VALIDATE | libc::MAP_ANONYMOUS, -1),
        (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN, -1),
        (libc::MAP_PRIVATE, own),
    ] {
        let write = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: asks for a new mapping, which nobody uses.
        let got = unsafe { libc::mmap(core::ptr::null_mut(), 1 << 20, write, flags, descriptor, 0) };
        refused += u64::from(got == libc::MAP_FAILED);
    }
    // SAFETY: asks for a memory file and a segment, which nobody uses.
    unsafe {
        refused += u64::from(libc::memfd_create(c"more".as_ptr(), libc::MFD_CLOEXEC) == -1);
        refused += u64::from(libc::shmget(libc::IPC_PRIVATE, 1 << 20, libc::IPC_CREAT | 0o600) == -1);
    }
    // SAFETY: asks for the end of the data segment to be moved; then closes the descriptor from above.
    unsafe {
        refused += u64::from(libc::sbrk(1 << 20) as isize == -1);
        libc::close(own);
    }
    refused
}

static PENDING: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_signal(_: libc::c_int) {
    let (_, fault) = FAULTS[PENDING.load(Ordering::Relaxed)];
    fault.strike(ROW.load(Ordering::Relaxed) as *const u64);
}

static ROW: AtomicUsize = AtomicUsize::new(0);

/// Makes the daemon fail the next time it gets the signal.
fn plan(fault: Fault, row: *const u64) {
    let index = FAULTS.iter().position(|(_, known)| *known == fault).unwrap_or(0);
    PENDING.store(index, Ordering::Relaxed);
    ROW.store(row.expose_provenance(), Ordering::Relaxed);
    // SAFETY: the handler ends this process, on the stack for handlers, since this one may be at its end.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = on_signal as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &raw const action, core::ptr::null_mut());
    }
}

fn tell<T: core::fmt::Debug>(result: Result<T, Failure<Refusal>>) {
    match result {
        Ok(value) => say!("done ok={value:?}"),
        Err(Failure::Crashed(crash)) => {
            say!(
                "done failure=Crashed signal={} code={} address={:#x}",
                crash.signal,
                crash.code,
                crash.address
            );
        }
        Err(Failure::Panicked(panic)) => {
            say!("done failure=Panicked place={} message={}", panic.place, panic.message);
        }
        Err(failure) => say!("done failure={failure:?}"),
    }
}

impl Victim {
    /// Whether the daemon is to go on.
    fn obey(me: &mut Handle<Self>, command: &str) -> Result<bool, Error> {
        let mut words = command.split(' ');
        let (verb, first) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let amount: u64 = first.parse().unwrap_or(0);
        let fault = || Fault::named(first).ok_or(Error::new("no such fault"));
        match verb {
            "transaction" => tell(Self::good(me, amount)),
            "update" => tell(me.update(|mut s| step(&mut s, amount))),
            "fail" => tell(Self::bad(me, fault()?)),
            "fail-update" => tell(Self::fail_in_update(me, fault()?)),
            "linger" => tell(Self::linger(me, false)),
            "stubborn" => tell(Self::stubborn(me)),
            "work" => tell(Self::work(me, amount)),
            "grab" => tell(Ok::<_, Failure<Refusal>>(grab() * 100 + Self::grab(me).unwrap_or(0))),
            "spawn" => tell(Self::spawn(me, first == "session")),
            "catch" => Self::catch(me),
            "die-idle" => {
                let row = me.state().rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref);
                say!("dying");
                fault()?.strike(row);
                return Err(Error::new("told to fail"));
            }
            "die-flight" => {
                plan(fault()?, me.state().rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref));
                tell(Self::linger(me, true));
            }
            "quit" => {
                me.shutdown(0);
                return Ok(true);
            }
            "return" => return Ok(false),
            _ => {}
        }
        let s = me.state();
        let pages: u64 = s.pages.iter().map(|page| u64::from(page[0])).sum();
        let rows: u64 = s.rows.iter().zip(1_u64..).map(|(row, weight)| row * weight).sum::<u64>() + pages;
        say!(
            "state steps={} total={} rows={rows} note={:?} pushed={}",
            s.steps,
            s.total,
            s.note.as_str(),
            s.sent.len()
        );
        Ok(true)
    }

    fn fail_in_update(me: &mut Handle<Self>, fault: Fault) -> Result<(), Failure<Refusal>> {
        me.update(|mut s| {
            step(&mut s, STRAY)?;
            if fault == Fault::Loop {
                say!("looping");
            }
            fail(fault, s.rows, s.pages)
        })
    }

    /// A panic in an update that the daemon catches itself.
    fn catch(me: &mut Handle<Self>) {
        let caught = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            Self::fail_in_update(me, Fault::Panic)
        }));
        say!("done caught={}", caught.is_err());
    }
}

impl Daemon for Victim {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let (pid, generation) = (std::process::id(), me.generation());
        match me.start() {
            Start::First => say!("victim pid={pid} generation={generation} cause=first"),
            Start::Again(Cause::Unknown) => say!("victim pid={pid} generation={generation} cause=unknown"),
            Start::Again(Cause::Crash(crash)) => {
                let (signal, code) = (crash.signal, crash.code);
                say!("victim pid={pid} generation={generation} cause=crash signal={signal} code={code}");
            }
            Start::Again(Cause::Panic(panic)) => {
                let (place, message) = (panic.place, panic.message);
                say!("victim pid={pid} generation={generation} cause=panic place={place} message={message}");
            }
        }
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while {
            let woken = me.wait()?;
            if woken.has_ready_descriptor() {
                match command() {
                    Some(command) if !Self::obey(me, &command)? => return Ok(()),
                    Some(_) => {}
                    None => me.unwatch(stdin),
                }
            }
            woken.is_running()
        } {}
        Ok(())
    }
}

impl Daemon for Peer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            me.change(|s| {
                while let Some(amount) = s.got.pop() {
                    *s.count += 1;
                    *s.sum += amount;
                }
            })?;
            let s = me.state();
            say!(
                "peer pid={} generation={} count={} sum={}",
                std::process::id(),
                me.generation(),
                s.count,
                s.sum
            );
        }
        Ok(())
    }
}

root! {
    mem = "2MiB";
    daemons: [Victim, Peer];
    rings: [Victim.sent -> Peer.got];
}

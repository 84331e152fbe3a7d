//! A running tree, seen from the front: its process, what it tells, and what is done to it.
//!
//! One thread waits for whatever comes first: a line from the tree, a signal to this process, the
//! next blow of a storm.

use darkroom::storm::Storm;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Between two blows of a storm.
const CALM: Duration = Duration::from_millis(15);

/// A tree that runs.
pub struct Session {
    child: Child,
    /// The tree watches its folder until this is closed.
    until: Option<ChildStdin>,
    told: ChildStdout,
    pending: Vec<u8>,
    signals: SignalFd,
    storm: Option<Gale>,
    interrupts: u32,
}

/// A storm with its times.
struct Gale {
    storm: Storm,
    /// Of the next blow; None once it has passed.
    next: Option<Instant>,
    end: Instant,
}

/// What a session waited for.
pub enum Step {
    /// Lines of the tree, as they came.
    Told(Vec<String>),
    /// Somebody asked this process to stop; so often by now.
    Interrupted(u32),
    /// The storm has passed.
    Calm,
    /// The tree has ended.
    Ended,
}

impl Session {
    /// Starts the tree. Its log goes to a file.
    ///
    /// # Errors
    /// The system's, when the process cannot be started.
    pub fn start(input: &Path, out: &Path, watch: bool, log: &Path) -> io::Result<Self> {
        // Blocked here, to be read from a descriptor; a process that is started has none blocked.
        let mut stops = SigSet::empty();
        stops.add(Signal::SIGINT);
        stops.add(Signal::SIGTERM);
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&stops), None)?;
        let signals = SignalFd::with_flags(&stops, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let mut child = Command::new(env::current_exe()?)
            .arg("run")
            .args(watch.then_some("--watch"))
            .args([input, out])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            // Ctrl-C on a terminal reaches this process only, which then decides what it means.
            .process_group(0)
            .spawn()?;
        let (Some(until), Some(told)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the tree was started without its pipes"));
        };
        Ok(Self { child, until: Some(until), told, pending: Vec::new(), signals, storm: None, interrupts: 0 })
    }

    /// Lets a storm rage over the tree for so long.
    pub fn begin_storm(&mut self, length: Duration) {
        let now = Instant::now();
        self.storm = Some(Gale { storm: Storm::over(self.child.id()), next: Some(now), end: now + length });
    }

    /// The storm, as far as it got.
    pub fn storm(&self) -> Option<&Storm> {
        self.storm.as_ref().map(|gale| &gale.storm)
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// The system's, which none should be.
    pub fn step(&mut self) -> io::Result<Step> {
        loop {
            let mut timeout = PollTimeout::NONE;
            if let Some(gale) = &mut self.storm
                && let Some(next) = gale.next
            {
                let now = Instant::now();
                if now >= gale.end {
                    gale.next = None;
                    return Ok(Step::Calm);
                }
                if now >= next {
                    gale.storm.strike();
                    gale.next = Some(now + CALM);
                    continue;
                }
                // Rounded up, or the last part of a millisecond would be spent asking.
                timeout =
                    PollTimeout::try_from(next - now + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
            }
            let mut ready =
                [self.told.as_fd(), self.signals.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
            match poll(&mut ready, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            let [told, signalled] = ready.map(|fd| fd.any().unwrap_or_default());
            if signalled && self.signals.read_signal()?.is_some() {
                self.interrupts += 1;
                return Ok(Step::Interrupted(self.interrupts));
            }
            if told {
                return self.read();
            }
        }
    }

    fn read(&mut self) -> io::Result<Step> {
        let mut bytes = [0; 4096];
        let len = self.told.read(&mut bytes)?;
        if len == 0 {
            return Ok(Step::Ended);
        }
        self.pending.extend_from_slice(&bytes[..len]);
        let whole = self.pending.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.pending.drain(..whole).collect();
        Ok(Step::Told(String::from_utf8_lossy(&lines).lines().map(str::to_owned).collect()))
    }

    /// Tells the tree that no more files will come: it finishes what it has and ends.
    pub fn finish(&mut self) {
        self.until = None;
    }

    /// Asks root to stop the tree at once, in order.
    pub fn stop(&self) {
        // Not reaped yet, so the PID is still the child's.
        let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM);
    }

    /// Waits until root has ended.
    ///
    /// # Errors
    /// The system's, which none should be.
    pub fn end(mut self) -> io::Result<ExitStatus> {
        self.until = None;
        self.child.wait()
    }
}

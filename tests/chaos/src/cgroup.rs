//! A memory cgroup for the daemons and transactions of a tree, whose limit the attacker moves: the kernel then reclaims what
//! it can, refuses what it must, and kills the one that it finds dearest.
//!
//! Root stays outside, and daemons enter when they run (`tree::enter`). The kernel kills with SIGKILL, which ends root
//! and the tree with it; to exempt root from that (`oom_score_adj` -1000) takes a privilege that not even every superuser
//! has. What root has touched first, which is all state, is charged to root's own group, and without swap nothing
//! of it could be reclaimed: it is what the daemons and transactions take for themselves that becomes scarce.
//!
//! There is no such group where no memory controller of cgroups v2 or v1 lets one be made and entered.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

/// The command of the process that removes the group, however this one ends.
pub const SWEEP: &str = "sweep";
/// The command of a process that enters the group and ends.
pub const VISIT: &str = "visit";

/// The file of the members' numbers.
const MEMBERS: &str = "cgroup.procs";

/// How the files of a controller are called.
struct Names {
    limit: &'static str,
    unlimited: &'static str,
    usage: &'static str,
    kills: &'static str,
}

const UNIFIED: Names =
    Names { limit: "memory.max", unlimited: "max", usage: "memory.current", kills: "memory.events" };
const LEGACY: Names = Names {
    limit: "memory.limit_in_bytes",
    unlimited: "-1",
    usage: "memory.usage_in_bytes",
    kills: "memory.oom_control",
};

/// The group. It ends with this value, and with this process.
pub struct Group {
    path: PathBuf,
    names: &'static Names,
    sweeper: Child,
}

impl Group {
    /// Makes a group within this process's own, or as near to it as may be.
    ///
    /// # Errors
    /// Why there is none.
    pub fn new() -> Result<Self, String> {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let name = format!("perennial-chaos-{}", std::process::id());
        let mut why = "no memory controller".to_owned();
        for (parent, names) in parents(&own) {
            let path = parent.join(&name);
            match fs::create_dir(&path) {
                Ok(()) if path.join(names.limit).exists() => return Self::kept(path, names),
                // Without the controller.
                Ok(()) => _ = fs::remove_dir(&path),
                Err(error) => why = format!("{}: {error}", parent.display()),
            }
        }
        Err(why)
    }

    fn kept(path: PathBuf, names: &'static Names) -> Result<Self, String> {
        let program = std::env::current_exe().expect("this program is a file");
        // In a process group of its own, since who presses ^C means all of this one's.
        let sweeper =
            Command::new(&program).arg(SWEEP).arg(&path).stdin(Stdio::piped()).process_group(0).spawn();
        let sweeper = sweeper.map_err(|error| {
            let _ = fs::remove_dir(&path);
            error.to_string()
        })?;
        let group = Self { path, names, sweeper };
        group.try_entry(&program).map_err(|error| error.to_string())?;
        Ok(group)
    }

    /// Where a process that becomes a member writes "0".
    pub fn members(&self) -> PathBuf {
        self.path.join(MEMBERS)
    }

    /// Has a process enter that does nothing else.
    fn try_entry(&self, program: &Path) -> io::Result<()> {
        let mut visitor = Command::new(program).args([VISIT.as_ref(), self.members().as_os_str()]).spawn()?;
        let entered = visitor.wait()?.success();
        if entered { Ok(()) } else { Err(io::Error::other("it cannot be entered")) }
    }

    /// Leaves the group so much more than it has.
    pub fn leave(&self, more: u64) {
        let usage = self.number(self.names.usage, "").unwrap_or(u64::MAX / 2);
        self.limit(&(usage + more).to_string());
    }

    /// Leaves it all that there is.
    pub fn relax(&self) {
        self.limit(self.names.unlimited);
    }

    fn limit(&self, limit: &str) {
        // Refused (v1) where there is more already that cannot be reclaimed.
        let _ = fs::write(self.path.join(self.names.limit), limit);
    }

    /// Processes that the kernel has killed for want of memory.
    pub fn kills(&self) -> u64 {
        self.number(self.names.kills, "oom_kill ").unwrap_or(0)
    }

    /// The number behind `key` at the beginning of a line.
    fn number(&self, file: &str, key: &str) -> Option<u64> {
        let text = fs::read_to_string(self.path.join(file)).ok()?;
        text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}

/// Where a group could be made: in the group of this process, or in one around it.
fn parents(own: &str) -> impl Iterator<Item = (PathBuf, &'static Names)> {
    let of = |line: &str| {
        let (kind, path) = line.split_once(':')?.1.split_once(':')?;
        let (mount, names) = match kind {
            "" => ("/sys/fs/cgroup", &UNIFIED),
            _ if kind.split(',').any(|one| one == "memory") => ("/sys/fs/cgroup/memory", &LEGACY),
            _ => return None,
        };
        let path = Path::new(mount).join(path.trim_start_matches('/'));
        let around: Vec<PathBuf> =
            path.ancestors().take_while(|path| path.starts_with(mount)).map(Path::to_owned).collect();
        Some(around.into_iter().map(move |path| (path, names)))
    };
    own.lines().filter_map(of).flatten().collect::<Vec<_>>().into_iter()
}

/// Enters a group.
pub fn visit() -> ExitCode {
    let entered = std::env::args_os().nth(2).is_some_and(|members| fs::write(members, "0").is_ok());
    if entered { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Removes a group, and whoever is in it still, when standard input ends.
pub fn sweep() -> ExitCode {
    crate::pressure::await_end();
    let Some(path) = std::env::args_os().nth(2).map(PathBuf::from) else { return ExitCode::FAILURE };
    let patience = Instant::now() + Duration::from_secs(10);
    while Instant::now() < patience {
        let gone = fs::remove_dir(&path).err().is_none_or(|error| error.kind() == io::ErrorKind::NotFound);
        if gone {
            return ExitCode::SUCCESS;
        }
        let members = fs::read_to_string(path.join(MEMBERS)).unwrap_or_default();
        for member in members.lines().filter_map(|line| line.parse().ok()) {
            // SAFETY: takes numbers. Only what this program has started is in its group.
            unsafe { libc::kill(member, libc::SIGKILL) };
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    eprintln!("chaos: cannot remove {}", path.display());
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_sought_from_within() {
        let found = |own: &str| parents(own).map(|(path, _)| path.display().to_string()).collect::<Vec<_>>();
        let unified = ["/sys/fs/cgroup/user.slice/session", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"];
        assert_eq!(found("0::/user.slice/session"), unified);
        assert_eq!(
            found("5:cpu,cpuacct:/\n4:memory:/a"),
            ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"]
        );
        assert_eq!(found("").len(), 0);
    }
}

//! What `perf record` has written, as events.

use crate::Result;
use std::path::Path;
use std::process::Command;

/// Something that the kernel has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds.
    pub time: u64,
    /// Whose doing it was.
    pub task: u32,
    /// What.
    pub kind: Kind,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A system call begins.
    Enter(i64),
    /// It ends.
    Exit(i64),
    /// One task makes room for another.
    Switch(u32, u32),
    /// A task can run again.
    Wake(u32),
    /// A task has a child.
    Fork(u32),
    /// A signal is sent to a task.
    Signal(i32, u32),
    /// A page is missing.
    Fault,
}

/// The events in a file, in their order.
pub fn events(file: &Path) -> Result<Vec<Event>> {
    let fields = "comm,tid,time,event,trace";
    let script =
        Command::new("perf").args(["script", "--ns", "--fields", fields, "--input"]).arg(file).output()?;
    if !script.status.success() {
        return Err(String::from_utf8_lossy(&script.stderr).into_owned().into());
    }
    let mut events: Vec<Event> = String::from_utf8_lossy(&script.stdout).lines().filter_map(event).collect();
    events.sort_by_key(|event| event.time);
    Ok(events)
}

/// Reads a line, unless it is of no interest.
fn event(line: &str) -> Option<Event> {
    let names = ["signal:", "sched:", "raw_syscalls:", "exceptions:"];
    let at = names.iter().filter_map(|name| line.find(&format!(" {name}"))).min()?;
    let (head, rest) = (line[..at].trim_end().trim_end_matches(':'), &line[at + 1..]);
    let mut head = head.split_whitespace().rev();
    let (seconds, nanoseconds) = head.next()?.split_once('.')?;
    let time = seconds.parse::<u64>().ok()? * 1_000_000_000 + nanoseconds.parse::<u64>().ok()?;
    let task = head.next()?.parse().ok()?;
    let (name, rest) = rest.split_once(": ").unwrap_or((rest.trim_end_matches(':'), ""));
    // A name may hold anything: what is behind `prev_pid=` and the like is looked for from the end.
    let number =
        |key: &str| rest.rsplit_once(key)?.1.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok();
    let call = || rest.split_whitespace().nth(1)?.trim_end_matches(',').parse::<i64>().ok();
    let kind = match name.rsplit(':').next()? {
        "sys_enter" => Kind::Enter(call()?),
        "sys_exit" => Kind::Exit(call()?),
        "sched_switch" => Kind::Switch(number("prev_pid=")?, number("next_pid=")?),
        "sched_wakeup" => Kind::Wake(number(" pid=").or_else(|| second_number(rest))?),
        "sched_process_fork" => Kind::Fork(number("child_pid=")?),
        "signal_generate" => {
            Kind::Signal(rest.strip_prefix("sig=")?.split(' ').next()?.parse().ok()?, number(" pid=")?)
        }
        "page_fault_user" => Kind::Fault,
        _ => return None,
    };
    Some(Event { time, task, kind })
}

/// The pid in `comm:pid [priority] …`, as newer versions print a wake-up.
fn second_number(rest: &str) -> Option<u32> {
    rest.split(" [").next()?.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_events() {
        let of = |line: &str| event(line).map(|event| (event.time, event.task, event.kind));
        assert_eq!(
            of(
                "  figures run  2540 50538.752280123: sched:sched_switch: prev_comm=figures run prev_pid=2540 \
                prev_prio=120 prev_state=D ==> next_comm=migration/0 next_pid=18 next_prio=0"
            ),
            Some((50_538_752_280_123, 2540, Kind::Switch(2540, 18)))
        );
        assert_eq!(
            of("figures 7 1.000000005:    raw_syscalls:sys_enter: NR 56 (1200011, 0, 0, 0, 0, 0)"),
            Some((1_000_000_005, 7, Kind::Enter(56)))
        );
        assert_eq!(
            of("figures 7 1.000000006: raw_syscalls:sys_exit: NR 56 = 9"),
            Some((1_000_000_006, 7, Kind::Exit(56)))
        );
        assert_eq!(
            of("figures 7 2.0: sched:sched_process_fork: comm=figures pid=7 child_comm=figures child_pid=9"),
            Some((2_000_000_000, 7, Kind::Fork(9)))
        );
        assert_eq!(
            of("figures 7 2.0: sched:sched_wakeup: figures:9 [120] CPU:001"),
            Some((2_000_000_000, 7, Kind::Wake(9)))
        );
        assert_eq!(
            of("figures 7 2.0: sched:sched_wakeup: comm=figures pid=9 prio=120 target_cpu=001"),
            Some((2_000_000_000, 7, Kind::Wake(9)))
        );
        assert_eq!(
            of("figures 7 2.0: signal:signal_generate: sig=9 errno=0 code=0 comm=figures pid=9 grp=1 res=0"),
            Some((2_000_000_000, 7, Kind::Signal(9, 9)))
        );
        assert_eq!(
            of("figures 7 2.0: exceptions:page_fault_user: address=f ip=f error_code=0x4"),
            Some((2_000_000_000, 7, Kind::Fault))
        );
        assert_eq!(of("nothing of the kind"), None);
    }
}

//! Where the time of a figure goes that is mostly the program's own: `perf record` looks at the bench some thousand times
//! a second, and each function gets the share of the samples in which it was found.

use crate::{Result, project};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// Addresses from here on are the kernel's.
const KERNEL: u64 = 1 << 63;
/// As much of the samples is told, function by function.
const TOLD: f64 = 0.95;

/// Runs `command`, which must have been built, and prints the functions in which the processes of its tree were found:
/// of all but root, which is the first of them.
pub fn tell(command: &str) -> Result<()> {
    let file = std::env::temp_dir().join(format!("perennial-samples-{}", std::process::id()));
    let status = Command::new("perf")
        .args(["record", "--quiet", "--event", "cpu-clock", "--freq", "20000", "--output"])
        .arg(&file)
        .arg("--")
        .args(command.split_whitespace())
        .current_dir(project())
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("perf: {error}"))?;
    let told = if status.success() {
        read(&file).and_then(|text| print(&text))
    } else {
        Err(format!("`perf record` ended with {status}").into())
    };
    let _ = std::fs::remove_file(&file);
    told
}

fn read(file: &Path) -> Result<String> {
    let fields = "comm,pid,ip,sym";
    let script = Command::new("perf").args(["script", "--fields", fields, "--input"]).arg(file).output()?;
    if !script.status.success() {
        return Err(String::from_utf8_lossy(&script.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&script.stdout).into_owned())
}

/// The process and the function of a sample.
fn sample(line: &str) -> Option<(u32, String)> {
    let mut words = line.split_whitespace().skip(1);
    let process = words.by_ref().find_map(|word| word.parse().ok())?;
    let address = u64::from_str_radix(words.next()?, 16).ok()?;
    let function = words.collect::<Vec<_>>().join(" ");
    Some((process, if address >= KERNEL { format!("kernel: {function}") } else { function }))
}

fn print(text: &str) -> Result<()> {
    let mut programs: BTreeMap<&str, BTreeMap<u32, BTreeMap<String, usize>>> = BTreeMap::new();
    for line in text.lines() {
        if let (Some(name), Some((process, function))) = (line.split_whitespace().next(), sample(line)) {
            *programs.entry(name).or_default().entry(process).or_default().entry(function).or_default() += 1;
        }
    }
    let count = |functions: &BTreeMap<String, usize>| functions.values().sum::<usize>();
    // The tree's program is the one that works most; root is its first process, and only fills memory.
    let tree = programs.values().max_by_key(|processes| processes.values().map(count).sum::<usize>());
    let tree = tree.ok_or("no samples")?;
    let rest = || tree.iter().skip(1);
    let all: usize = rest().flat_map(|(_, functions)| functions.values()).sum();
    let mut told = 0;
    let share = |count: usize| count as f64 / all.max(1) as f64;
    println!("samples of {} processes, root left out: {all}", rest().count());
    for (process, functions) in rest() {
        let sum: usize = functions.values().sum();
        if share(sum) < 0.02 {
            continue;
        }
        println!("process {process}: {:.1} %", share(sum) * 100.0);
        let mut functions: Vec<_> = functions.iter().collect();
        functions.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut of_it = 0;
        for (function, count) in functions {
            if of_it as f64 > TOLD * sum as f64 {
                break;
            }
            of_it += count;
            println!("{:7.1} %  {function}", share(*count) * 100.0);
        }
        told += of_it;
    }
    println!("accounted for: {:.0} %", share(told) * 100.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_process_and_a_function() {
        assert_eq!(
            sample("between run 12163     7fc0152d8a __memmove_avx_unaligned_erms"),
            Some((12163, "__memmove_avx_unaligned_erms".to_owned()))
        );
        assert_eq!(
            sample("between 7 ffffffff81000000 futex_wake"),
            Some((7, "kernel: futex_wake".to_owned()))
        );
        assert_eq!(sample("nothing"), None);
    }
}

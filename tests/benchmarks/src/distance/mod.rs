//! What the distance between the two sides of a figure is made of, where both are mostly the program's own: `perf record`
//! looks at the bench some thousand times a second, the name of the thread says which side it is at, and each place in
//! the source gets its share of the time that the bench measured for that side.

mod places;
mod sampled;

use crate::line::Line;
use crate::{Result, project};
use core::cmp::Ordering;
use sampled::{Sampled, Side};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

/// As much of the distance is told, place by place.
const TOLD: f64 = 0.95;
/// So many times as many batches as without a profiler.
const TIMES: &str = "40";

/// The benches that tell a profiler their side, with the figures that they print.
const BENCHES: [(&str, &[&str]); 3] = [
    ("figures", &["commit_1", "commit_16", "commit_256"]),
    ("between", &["ring_throughput", "map_update", "mutex"]),
    ("snapshot", &["snapshot"]),
];

/// Time at one place, in nanoseconds of one operation.
#[derive(Clone, Copy, Default)]
struct Times {
    left: f64,
    right: f64,
    /// The variance of their difference: that of counts of samples.
    variance: f64,
}

impl Times {
    fn distance(self) -> f64 {
        self.left - self.right
    }
}

/// Measures `wanted`, as `NAME/CASE` of a line of the bench, and prints what its distance is made of.
pub fn tell(wanted: &str) -> Result<()> {
    let (name, case) = wanted.split_once('/').unwrap_or((wanted, ""));
    let known = || format!("no such figure: {:?}", BENCHES.map(|(_, figures)| figures));
    let (bench, _) = BENCHES.iter().find(|(_, figures)| figures.contains(&name)).ok_or_else(known)?;
    let command = ["bench", "-p", "perennial-figures", "--bench", bench];
    // Built before, so that no sample is the compiler's.
    let built = Command::new("cargo").args(command).arg("--no-run").current_dir(project()).status()?;
    if !built.success() {
        return Err(format!("the bench `{bench}` could not be built").into());
    }
    let file = std::env::temp_dir().join(format!("perennial-distance-{}", std::process::id()));
    let output = Command::new("perf")
        .args(["record", "--quiet", "--event", "cpu-clock", "--freq", "4000", "--output"])
        .arg(&file)
        .args(["--", "cargo"])
        .args(command)
        .args(["--", "run", name])
        // Enough samples of a figure that is taken in some milliseconds.
        .env("FIGURES_TIMES", TIMES)
        .current_dir(project())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("perf: {error}"))?;
    let told = if output.status.success() {
        sampled::read(&file)
            .and_then(|sampled| print(name, case, &String::from_utf8_lossy(&output.stdout), &sampled))
    } else {
        Err(format!("`perf record` ended with {}", output.status).into())
    };
    let _ = std::fs::remove_file(&file);
    told
}

/// The two sides of a figure: where it compares two sizes, our sides of both.
fn sides(case: &str) -> (Side, Side) {
    match case.split_once("_over_") {
        Some((large, small)) => (Side::ours(large), Side::ours(small)),
        None => (Side::ours(case), Side::base(case)),
    }
}

fn print(name: &str, case: &str, output: &str, sampled: &Sampled) -> Result<()> {
    let lines: Vec<Line<'_>> = output.lines().filter_map(Line::read).collect();
    let line = lines.iter().find(|line| line.name == name && line.case == case);
    let line = line.ok_or_else(|| format!("the bench printed no figure `{name}/{case}`"))?;
    let time = |key| line.field(key).and_then(nanoseconds).ok_or("a figure without times");
    let whole = Times { left: time("ours")?, right: time("base")?, variance: 0.0 };
    let (left, right) = sides(case);
    let (left, right) = (sampled.side(&left)?, sampled.side(&right)?);
    let names = sampled.places(left.keys().chain(right.keys()).copied().collect::<BTreeSet<_>>())?;
    let mut places: BTreeMap<&(String, String), Times> = BTreeMap::new();
    let counts = [left, right].map(|samples| samples.values().sum::<usize>());
    let each = [whole.left / counts[0].max(1) as f64, whole.right / counts[1].max(1) as f64];
    for (at, place) in &names {
        let [of_left, of_right] = [left, right].map(|samples| samples.get(at).copied().unwrap_or(0) as f64);
        let times = places.entry(place).or_default();
        times.left += each[0] * of_left;
        times.right += each[1] * of_right;
        times.variance += each[0].powi(2) * of_left + each[1].powi(2) * of_right;
    }
    println!(
        "distance {name}/{case}: {:.1} ns = {:.1} - {:.1} ({} and {} samples)",
        whole.distance(),
        whole.left,
        whole.right,
        counts[0],
        counts[1]
    );
    tell_files(&places, whole.distance());
    Ok(())
}

/// Prints the files and their functions, the farthest first, until as much as is wanted is told. What is not told counts
/// against it in full, whichever way it leans, and so does what was found at no known place.
fn tell_files(places: &BTreeMap<&(String, String), Times>, whole: f64) {
    let mut files: BTreeMap<&str, Times> = BTreeMap::new();
    for ((file, _), times) in places {
        let of = files.entry(file).or_default();
        of.left += times.left;
        of.right += times.right;
        of.variance += times.variance;
    }
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by(farthest_first);
    let mut untold: f64 = files.iter().map(|(_, times)| times.distance().abs()).sum();
    for (file, times) in files.into_iter().filter(|(file, _)| !is_unknown(file)) {
        if untold < (1.0 - TOLD) * whole.abs() {
            break;
        }
        untold -= times.distance().abs();
        println!("{}  {file}", row(times, whole));
        let far = |times: &Times| times.distance().abs() > whole.abs() * 0.01;
        let of_it = places.iter().filter(|((of, _), times)| of == file && far(times));
        let mut functions: Vec<_> = of_it.map(|((_, function), times)| (function.as_str(), *times)).collect();
        functions.sort_by(farthest_first);
        for (function, times) in functions {
            println!("{}    {function}", row(times, whole));
        }
    }
    println!("told: {:.0} %", 100.0 * (1.0 - untold / whole.abs()));
}

fn farthest_first(a: &(&str, Times), b: &(&str, Times)) -> Ordering {
    b.1.distance().abs().total_cmp(&a.1.distance().abs())
}

/// Whether nothing is known of a place but that it was somewhere.
fn is_unknown(file: &str) -> bool {
    file.starts_with('?') || file.starts_with('[')
}

/// Share of the distance, its standard error, and the times of both sides.
fn row(times: Times, whole: f64) -> String {
    let [share, error] = [times.distance(), times.variance.sqrt()].map(|time| time * 100.0 / whole.abs());
    format!("{share:6.1} % ±{error:4.1} {:9.2} ns {:9.2} ns", times.left, times.right)
}

/// A time as figures print it.
fn nanoseconds(time: &str) -> Option<f64> {
    let at = time.find(|c: char| c.is_ascii_alphabetic())?;
    let unit = match &time[at..] {
        "ns" => 1.0,
        "us" => 1e3,
        "ms" => 1e6,
        _ => return None,
    };
    Some(time[..at].parse::<f64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(
            ["63.9ns", "7.2us", "1.50ms", "7"].map(nanoseconds),
            [Some(63.9), Some(7200.0), Some(1.5e6), None]
        );
    }

    #[test]
    fn a_case_that_compares_sizes_has_two_left_sides() {
        assert_eq!(sides("4GiB_over_4MiB"), (Side::ours("4GiB"), Side::ours("4MiB")));
        assert_eq!(sides("Map"), (Side::ours("Map"), Side::base("Map")));
    }
}

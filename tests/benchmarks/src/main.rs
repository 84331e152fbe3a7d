//! Runs the benches, keeps what they print, and writes `BENCHMARKS.md` from all that is kept.
//!
//! ```text
//! cargo run --release -p perennial-benchmarks                    measure everything
//! cargo run --release -p perennial-benchmarks -- --only commit   measure one section (may be given again)
//! cargo run --release -p perennial-benchmarks -- --render        measure nothing
//! cargo run --release -p perennial-benchmarks -- --list          name the sections
//! cargo run --release -p perennial-benchmarks -- --timeline restart   where a restart's time goes, by `perf record`
//! cargo run --release -p perennial-benchmarks -- --distance commit_1/4MiB    what lies between the sides of a figure
//! ```
//!
//! What a section's command printed lies in `results`, with the machine and the state of it, so that a section can be
//! measured anew without the others. Why a target is missed is written by hand, in `missed.md`.

mod distance;
mod kept;
mod line;
mod machine;
mod render;
mod sections;
mod timeline;
mod trace;

use kept::Kept;
use sections::{SECTIONS, Section};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// What anything here may fail with.
type Result<T> = core::result::Result<T, Box<dyn std::error::Error>>;

/// The folder of the project.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a section's command and keeps what it printed. What was kept before stays when it fails.
fn measure(section: &Section) -> Result<()> {
    eprintln!("{}: {}", section.name, section.command);
    let mut words = section.command.split_whitespace();
    // Built before, so that the load that is noted is not the compiler's.
    if let Some(build) = section.build {
        run(build, false)?;
    }
    let before = machine::load();
    let output = run(section.command, true)?;
    let lines: Vec<&str> = output.lines().filter(|line| line.starts_with("bench ")).collect();
    if lines.is_empty() || lines.iter().any(|line| line.starts_with("bench failed")) {
        return Err(format!("`{}` measured nothing", words.next_back().unwrap_or_default()).into());
    }
    Kept::new(section, before, &lines).write()
}

/// Runs a command in the project's folder; what it printed.
fn run(command: &str, keep: bool) -> Result<String> {
    let mut words = command.split_whitespace();
    let mut process = Command::new(words.next().unwrap_or_default());
    process.args(words).current_dir(project()).stdin(Stdio::null()).stderr(Stdio::inherit());
    process.stdout(if keep { Stdio::piped() } else { Stdio::inherit() });
    let done = process.spawn()?.wait_with_output()?;
    if !done.status.success() {
        return Err(format!("`{command}` ended with {}", done.status).into());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn work() -> Result<bool> {
    let mut arguments = std::env::args().skip(1);
    let (mut chosen, mut any) = (Vec::new(), true);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => {
                let name = arguments.next().unwrap_or_default();
                let section = SECTIONS.iter().find(|section| section.name == name);
                chosen.push(section.ok_or_else(|| format!("there is no section `{name}`: see --list"))?);
            }
            "--render" => any = false,
            "--distance" => {
                distance::tell(&arguments.next().unwrap_or_default())?;
                return Ok(true);
            }
            "--timeline" => {
                let name = arguments.next().unwrap_or_default();
                let all = timeline::TIMELINES;
                let one = all.iter().find(|one| one.name == name);
                let known = || format!("there is no timeline `{name}`, but {:?}", all.map(|one| one.name));
                timeline::tell(one.ok_or_else(known)?)?;
                return Ok(true);
            }
            "--list" => {
                for section in &SECTIONS {
                    println!("{:<12} {}", section.name, section.command);
                }
                return Ok(true);
            }
            other => return Err(format!("what is `{other}`?").into()),
        }
    }
    if chosen.is_empty() && any {
        chosen.extend(&SECTIONS);
    }
    let mut well = true;
    for section in chosen {
        if let Err(error) = measure(section) {
            eprintln!("{}: {error}", section.name);
            well = false;
        }
        // After each, so that a run that is broken off has not been for nothing.
        std::fs::write(project().join("BENCHMARKS.md"), render::document()?)?;
    }
    std::fs::write(project().join("BENCHMARKS.md"), render::document()?)?;
    Ok(well)
}

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

//! What building costs: the crates in the tree of the program of the README, the seconds of a cold release build of it
//! and the size of its stripped binary, over those of a program that says a word and depends on nothing.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The program of the README.
const PROGRAM: &str = "quickstart";

/// A folder that is gone when this is.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn cargo(directory: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        // Both sides alike, whatever the workspace's profile says.
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// Builds `package` into an empty folder: seconds and bytes of the binary.
fn build(directory: &Path, target: &Path, package: &str) -> Result<(f64, u64), Box<dyn Error>> {
    let place = target.to_str().ok_or("the folder's name is no text")?;
    let start = Instant::now();
    cargo(directory, &["build", "--release", "--package", package, "--target-dir", place])?;
    let seconds = start.elapsed().as_secs_f64();
    Ok((seconds, fs::metadata(target.join("release").join(package))?.len()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scratch = Scratch(std::env::temp_dir().join(format!("perennial-build-{}", std::process::id())));
    let bare = scratch.0.join("bare");
    fs::create_dir_all(bare.join("src"))?;
    fs::write(
        bare.join("Cargo.toml"),
        "[package]\nname = \"bare\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    )?;
    fs::write(bare.join("src/main.rs"), "fn main() {\n    println!(\"bare\");\n}\n")?;

    // What has to be downloaded is downloaded before the clock runs.
    cargo(&project, &["fetch"])?;
    let listed =
        cargo(&project, &["tree", "--package", PROGRAM, "--edges", "normal,build", "--prefix", "none"])?;
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<String> =
        listed.lines().filter(|line| !line.is_empty() && !line.starts_with(PROGRAM)).map(words).collect();
    println!("bench build_crates/{PROGRAM} count={}", crates.len());

    let (seconds, bytes) = build(&project, &scratch.0.join("ours"), PROGRAM)?;
    let (bare_seconds, bare_bytes) = build(&bare, &scratch.0.join("base"), "bare")?;
    let ratio = seconds / bare_seconds;
    println!("bench build_cold/{PROGRAM} ratio={ratio:.1} ours={seconds:.1}s base={bare_seconds:.1}s");
    let ratio = bytes as f64 / bare_bytes as f64;
    println!(
        "bench build_size/{PROGRAM} ratio={ratio:.2} ours={}KiB base={}KiB",
        bytes >> 10,
        bare_bytes >> 10
    );
    Ok(())
}

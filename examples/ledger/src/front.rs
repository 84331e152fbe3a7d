//! What a person starts: it has the tree keep the books in a process of its own, kills what it can of it if asked to,
//! and proves the result.

use crate::tree::{MOST_DEAD, MOST_LINES};
use ledger::audit::{self, Fate};
use ledger::books::{BOOKINGS, DEAD_LETTERS};
use ledger::sample;
use ledger::storm::Storm;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const HELP: &str = "\
Books a CSV of bookings, and proves that the books balance whatever was killed.

usage: ledger [FILE] [--storm SECONDS] [--out FOLDER]
       ledger sample [LINES [SEED]]
       ledger ps | map | stop

FILE               the bookings, `-` for standard input; without it those that are shipped,
                   or, in a storm, as many as it needs
--storm SECONDS    kills daemons and transactions at random meanwhile
--out FOLDER       where the books go; it must not be there yet

columns: date,debit,credit,amount,currency,rate,text
";

/// Between two blows of a storm.
const CALM: Duration = Duration::from_millis(5);

/// Lines a storm needs for each second, so that there is enough to do until its end.
const PER_SECOND: usize = if cfg!(debug_assertions) { 1000 } else { 3000 };

/// What the command line asks for.
#[derive(Default)]
struct Options {
    file: Option<PathBuf>,
    storm: Option<Duration>,
    out: Option<PathBuf>,
}

/// Does what the command line says. Success means that every line is accounted for once and the books balance.
pub fn run() -> ExitCode {
    match keep_books() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ledger: {error}");
            ExitCode::from(2)
        }
    }
}

fn keep_books() -> Result<bool, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "--help" | "help" => {
                print!("{HELP}");
                return Ok(true);
            }
            "sample" => {
                let lines = arguments.next().map_or(Ok(sample::LINES), |lines| lines.parse())?;
                let seed = arguments.next().map_or(Ok(sample::SEED), |seed| seed.parse())?;
                sample::write(&mut BufWriter::new(io::stdout().lock()), lines, seed)?;
                return Ok(true);
            }
            "--storm" => {
                let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
                options.storm =
                    Some(Duration::from_secs(seconds.ok_or("--storm needs a number of seconds")?));
            }
            "--out" => options.out = Some(arguments.next().ok_or("--out needs a folder")?.into()),
            file if options.file.is_none() && (file == "-" || !file.starts_with('-')) => {
                options.file = Some(file.into());
            }
            other => return Err(format!("what is {other}? `ledger --help` says what there is").into()),
        }
    }
    let folder =
        options.out.clone().unwrap_or_else(|| env::temp_dir().join(format!("ledger-{}", std::process::id())));
    fs::create_dir(&folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    take_in(&options, &folder.join(BOOKINGS))?;
    check_room(&folder)?;
    println!("the books go to {}", folder.display());

    let mut tree = start(&folder)?;
    let storm = options.storm.map(|length| rage(&mut tree, length)).transpose()?;
    let status = tree.wait()?;
    if !status.success() {
        return Err(format!("the tree ended with {status}; its log is {}", folder.join(LOG).display()).into());
    }
    tell_dead_letters(&folder.join(DEAD_LETTERS))?;
    if let Some(storm) = storm {
        let Storm { daemons, transactions, .. } = storm;
        println!(
            "storm: {} kills delivered, {daemons} to daemons and {transactions} to transactions",
            daemons + transactions
        );
    }
    let found = audit::audit(&folder)?;
    println!("{found}");
    Ok(found.is_clean())
}

/// Prints the first dead letters.
fn tell_dead_letters(path: &Path) -> Result<(), Box<dyn Error>> {
    let letters = audit::rows(path)?;
    for letter in letters.iter().take(MOST_TOLD) {
        let [line, crashes, cause] = audit::columns(letter)?;
        let verb = if crashes == "0" { "is refused" } else { "is set aside" };
        let times = if crashes == "0" { String::new() } else { format!(" ({crashes} times)") };
        println!("line {line} {verb}: {cause}{times}");
    }
    if letters.len() > MOST_TOLD {
        println!("{} more are in {}", letters.len() - MOST_TOLD, path.display());
    }
    Ok(())
}

/// Dead letters that are printed.
const MOST_TOLD: usize = 40;

/// What the tree logs.
const LOG: &str = "log";

/// Copies the bookings, so that tree and proof read the same whatever becomes of the original; and since a pipe can be
/// read but once, which a gateway that is killed would have to do twice.
fn take_in(options: &Options, to: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create_new(to)?);
    match (&options.file, options.storm) {
        (Some(path), _) if path.as_os_str() == "-" => {
            io::copy(&mut io::stdin().lock(), &mut file)?;
        }
        (Some(path), _) => {
            let mut from = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
            io::copy(&mut from, &mut file)?;
        }
        (None, Some(length)) => {
            let lines = (length.as_secs() as usize).saturating_mul(PER_SECOND).min(MOST_LINES);
            sample::write(&mut file, (lines as u32).max(sample::LINES), sample::SEED)?;
        }
        (None, None) => file.write_all(include_bytes!("../bookings.csv"))?,
    }
    Ok(file.flush()?)
}

/// Says what is too much before the work rather than after it.
fn check_room(folder: &Path) -> Result<(), Box<dyn Error>> {
    let fates = audit::fates(&fs::read(folder.join(BOOKINGS))?);
    let booked = fates.values().filter(|fate| matches!(fate, Fate::Booked(..))).count();
    if booked > MOST_LINES || fates.len() - booked > MOST_DEAD {
        return Err(format!(
            "one run has room for {MOST_LINES} bookings and {MOST_DEAD} lines that are none, and these are {booked} and \
             {}: divide the file",
            fates.len() - booked
        )
        .into());
    }
    Ok(())
}

fn start(folder: &Path) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .arg("run")
        .arg(folder)
        .stdin(Stdio::null())
        // Says nothing; its end is that of the tree.
        .stdout(Stdio::piped())
        .stderr(File::create_new(folder.join(LOG))?)
        .spawn()
}

/// Has a storm rage over the tree until it has ended, or the time is over.
fn rage(tree: &mut Child, length: Duration) -> io::Result<Storm> {
    let begun = Instant::now();
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64;
    let mut storm = Storm::over(tree.id(), seed);
    let end = tree.stdout.take().ok_or_else(|| io::Error::other("the tree was started without its pipe"))?;
    let timeout = PollTimeout::try_from(CALM).unwrap_or(PollTimeout::MAX);
    while begun.elapsed() < length {
        match poll(&mut [PollFd::new(end.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) => storm.strike(),
            Ok(_) => break,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(storm)
}

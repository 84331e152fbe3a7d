//! The books as files of a folder, which the tree writes and the proof reads.

use crate::booking::Booking;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The file of bookings.
pub const BOOKINGS: &str = "bookings.csv";
/// Every booking, in the order in which they were made: line, debit, credit, cents.
pub const JOURNAL: &str = "journal.csv";
/// What each account has received and given: number, name, debit, credit.
pub const BALANCES: &str = "balances.csv";
/// Lines that were not booked: line, crashes, cause.
pub const DEAD_LETTERS: &str = "dead-letters.csv";

/// Writes a file, whole or not at all: whoever is killed on the way leaves the old one, and does it again.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, rows: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let unfinished = path.with_extension("part");
    let mut file = BufWriter::new(File::create(&unfinished)?);
    rows(&mut file)?;
    file.into_inner()?;
    fs::rename(unfinished, path)
}

/// Writes a row of the journal.
///
/// # Errors
/// The system's.
pub fn journal(file: &mut dyn Write, line: u32, booking: Booking) -> io::Result<()> {
    let Booking { debit, credit, cents } = booking;
    writeln!(file, "{line},{debit},{credit},{cents}")
}

/// Writes a row of the dead letters.
///
/// # Errors
/// The system's.
pub fn dead_letter(file: &mut dyn Write, line: u32, crashes: u32, cause: &str) -> io::Result<()> {
    writeln!(file, "{line},{crashes},\"{}\"", cause.replace('"', "'"))
}

/// Writes a row of the balances.
///
/// # Errors
/// The system's.
pub fn balance(file: &mut dyn Write, account: (u16, &str), debit: u64, credit: u64) -> io::Result<()> {
    let (number, name) = account;
    writeln!(file, "{number},\"{name}\",{debit},{credit}")
}

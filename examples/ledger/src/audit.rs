//! The proof: what must be in the books is worked out anew from the file of bookings, in the plainest way and without
//! anything of the tree's; then the books are compared with it.

use crate::books::{BALANCES, BOOKINGS, DEAD_LETTERS, JOURNAL};
use crate::chart::ACCOUNTS;
use csv::{ReaderBuilder, StringRecord};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;

/// What a line must have become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A booking: debit, credit, cents.
    Booked(u16, u16, u128),
    /// A dead letter, since it is no booking.
    Refused,
    /// A dead letter, since the conversion crashes on it.
    Crashed,
}

/// What the proof found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Lines that must have had a fate.
    pub lines: usize,
    /// Lines in the journal as they must be.
    pub booked: usize,
    /// Dead letters that are no bookings.
    pub refused: usize,
    /// Dead letters that crashed transactions.
    pub crashed: usize,
    /// Lines that have not had their fate.
    pub lost: usize,
    /// Entries and dead letters beyond a line's first.
    pub twice: usize,
    /// Entries and dead letters that should not be, or not so.
    pub wrong: usize,
    /// Sum of all debits of the accounts, in cents.
    pub debits: u128,
    /// Sum of all credits.
    pub credits: u128,
    /// Accounts whose sums are not those of the file.
    pub accounts_off: usize,
}

impl Audit {
    /// Whether every line was booked once, or rightly was not, and the books balance.
    pub fn is_clean(&self) -> bool {
        (self.lost, self.twice, self.wrong, self.accounts_off) == (0, 0, 0, 0)
            && self.lines == self.booked + self.refused + self.crashed
            && self.debits == self.credits
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, booked, refused, crashed, lost, twice, wrong, debits, credits, accounts_off } =
            self;
        let verdict =
            if debits == credits && *accounts_off == 0 { "the books balance" } else { "the books are wrong" };
        writeln!(f, "debits {} EUR, credits {} EUR: {verdict}", Euros(*debits), Euros(*credits))?;
        write!(
            f,
            "ledger: {lines} lines, {booked} booked, {refused} refused, {crashed} crashed, {lost} lost, {twice} twice, \
             {wrong} wrong"
        )
    }
}

struct Euros(u128);

impl fmt::Display for Euros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Compares the books in a folder with the bookings there.
///
/// # Errors
/// When a file cannot be read, or is none of the tree's; a fault in the books is none.
pub fn audit(folder: &Path) -> Result<Audit, Box<dyn Error>> {
    let fates = fates(&fs::read(folder.join(BOOKINGS))?);
    let mut audit = Audit { lines: fates.len(), ..Audit::default() };
    let mut seen = BTreeSet::new();

    for row in rows(&folder.join(JOURNAL))? {
        let [line, debit, credit, cents] = columns(&row)?;
        let line = line.parse()?;
        let booked = Fate::Booked(debit.parse()?, credit.parse()?, cents.parse()?);
        let slot = if !seen.insert(line) {
            &mut audit.twice
        } else if fates.get(&line) == Some(&booked) {
            &mut audit.booked
        } else {
            &mut audit.wrong
        };
        *slot += 1;
    }
    for row in rows(&folder.join(DEAD_LETTERS))? {
        let [line, crashes, _cause] = columns(&row)?;
        let line = line.parse()?;
        let fate = if crashes == "0" { Fate::Refused } else { Fate::Crashed };
        let slot = if !seen.insert(line) {
            &mut audit.twice
        } else if fates.get(&line) != Some(&fate) {
            &mut audit.wrong
        } else if fate == Fate::Refused {
            &mut audit.refused
        } else {
            &mut audit.crashed
        };
        *slot += 1;
    }
    audit.lost = fates.keys().filter(|line| !seen.contains(*line)).count();

    let mut sums: BTreeMap<u16, (u128, u128)> =
        ACCOUNTS.iter().map(|&(number, _)| (number, (0, 0))).collect();
    for fate in fates.values() {
        if let Fate::Booked(debit, credit, cents) = fate {
            sums.entry(*debit).or_default().0 += cents;
            sums.entry(*credit).or_default().1 += cents;
        }
    }
    for row in rows(&folder.join(BALANCES))? {
        let [number, _name, debit, credit] = columns(&row)?;
        let found: (u128, u128) = (debit.parse()?, credit.parse()?);
        audit.debits += found.0;
        audit.credits += found.1;
        audit.accounts_off += usize::from(sums.remove(&number.parse()?) != Some(found));
    }
    audit.accounts_off += sums.len();
    Ok(audit)
}

/// What must become of every line but the heading and empty ones, by the line's number.
pub fn fates(file: &[u8]) -> BTreeMap<u32, Fate> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let heading = b"date,debit,credit,amount,currency,rate,text";
    let mut fates = BTreeMap::new();
    for (line, number) in file.split(|&byte| byte == b'\n').zip(1..) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_blank = line.len() <= 200 && line.trim_ascii().is_empty();
        if !is_blank && (number > 1 || line != heading) {
            fates.insert(number, fate(line).unwrap_or(Fate::Refused));
        }
    }
    fates
}

/// None if the line is no booking.
fn fate(line: &[u8]) -> Option<Fate> {
    let record: StringRecord = {
        let text = str::from_utf8(line).ok().filter(|text| text.len() <= 200)?;
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut records = reader.records();
        let first = records.next()?.ok()?;
        if records.next().is_some() {
            return None;
        }
        first
    };
    let [_, debit, credit, amount, currency, rate, _] = columns(&record).ok()?;
    let (debit, credit): (u16, u16) = (debit.parse().ok()?, credit.parse().ok()?);
    let known = |number| ACCOUNTS.iter().any(|account| account.0 == number);
    let most = 1_000_000_000_000;
    let amount: u128 = amount.parse::<u64>().ok()?.into();
    if !known(debit) || !known(credit) || debit == credit || amount == 0 || amount > most {
        return None;
    }
    let letters = currency.chars().filter(char::is_ascii_uppercase).count();
    let (whole, decimals) = rate.split_once('.').unwrap_or((rate, ""));
    let number = format!("{whole}{decimals:0<4}");
    if (letters, currency.len()) != (3, 3)
        || whole.is_empty()
        || whole.len() > 7
        || decimals.len() > 4
        || number.contains(|letter: char| !letter.is_ascii_digit())
    {
        return None;
    }
    let hundredths = match currency {
        "EUR" | "USD" | "GBP" | "CHF" => amount,
        "JPY" => amount * 100,
        _ => return Some(Fate::Crashed),
    };
    let Some(cents) = (hundredths * 10_000).checked_div(number.parse().ok()?) else {
        return Some(Fate::Crashed);
    };
    (1..=most).contains(&cents).then_some(Fate::Booked(debit, credit, cents))
}

/// The rows of a file of the tree's.
///
/// # Errors
/// When it cannot be read.
pub fn rows(path: &Path) -> Result<Vec<StringRecord>, csv::Error> {
    ReaderBuilder::new().has_headers(false).from_path(path)?.into_records().collect()
}

/// A row as so many columns.
///
/// # Errors
/// When it has others.
pub fn columns<const COUNT: usize>(row: &StringRecord) -> Result<[&str; COUNT], String> {
    let columns: Vec<&str> = row.iter().collect();
    columns.try_into().map_err(|columns: Vec<&str>| format!("{} columns instead of {COUNT}", columns.len()))
}

#[cfg(test)]
mod tests;

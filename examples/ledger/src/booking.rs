//! From a line of the file to a booking.
//!
//! A line has seven columns, `date,debit,credit,amount,currency,rate,text`, and is a record by itself: a quoted column
//! may hold commas, but no end of a line, so that a quote which nobody closed spoils one line and not the rest of the
//! file. The amount is in the currency's smallest unit, the rate what a euro costs, with up to four decimals. Date and
//! text are for people.

use crate::chart;
use csv_core::{ReadRecordResult, Reader};
use std::ffi::c_char;
use thiserror::Error;

/// The columns, which a file may begin with.
pub const HEADING: &str = "date,debit,credit,amount,currency,rate,text";

/// How many columns that is.
pub const COLUMNS: usize = 7;

/// The most bytes of a line.
pub const LONGEST: usize = 200;

/// The largest amount, both as it is written and in euro cents.
pub const MOST: u64 = 1_000_000_000_000;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Number of the account that receives.
    pub debit: u16,
    /// Number of the account that gives.
    pub credit: u16,
    /// How much.
    pub cents: u64,
}

/// Why a line is no booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// Nobody could read it.
    #[error("it is longer than {LONGEST} bytes, or no UTF-8")]
    Unreadable,
    /// The wrong number of columns.
    #[error("it has not the columns {HEADING}")]
    Columns,
    /// No such account.
    #[error("an account is not in the chart")]
    Account,
    /// Both sides are the same.
    #[error("debit and credit are the same account")]
    SameAccount,
    /// The amount is none.
    #[error("the amount is no whole number from 1 to {MOST} of the currency's smallest unit")]
    Amount,
    /// The currency is none.
    #[error("the currency is no code of three capital letters")]
    Currency,
    /// The rate is none.
    #[error("the rate is no number with up to four decimals")]
    Rate,
    /// Converted it is nothing, or too much.
    #[error("it comes to less than a cent, or to more than {MOST}")]
    Worth,
}

/// Reads a line.
///
/// A currency that nobody knows and a rate of zero crash the process.
///
/// # Errors
/// [`Refused`].
pub fn parse(line: &str) -> Result<Booking, Refused> {
    let mut bytes = [0; LONGEST];
    let [_date, debit, credit, amount, currency, rate, _text] = split(line, &mut bytes)?;
    let account = |number: &str| {
        number.parse().ok().filter(|&number| chart::position(number).is_some()).ok_or(Refused::Account)
    };
    let (debit, credit) = (account(debit)?, account(credit)?);
    if debit == credit {
        return Err(Refused::SameAccount);
    }
    let amount: u64 = amount.parse().map_err(|_| Refused::Amount)?;
    if !(1..=MOST).contains(&amount) {
        return Err(Refused::Amount);
    }
    if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Err(Refused::Currency);
    }
    let cents = euro_cents(currency, amount, ten_thousandths(rate)?);
    if !(1..=MOST).contains(&cents) {
        return Err(Refused::Worth);
    }
    Ok(Booking { debit, credit, cents })
}

/// The columns of a line, without their quotes.
fn split<'a>(line: &str, bytes: &'a mut [u8; LONGEST]) -> Result<[&'a str; COLUMNS], Refused> {
    let mut reader = Reader::new();
    let mut ends = [0; COLUMNS];
    let (first, read, mut written, mut columns) = reader.read_record(line.as_bytes(), bytes, &mut ends);
    let whole = match first {
        ReadRecordResult::Record => read == line.len(),
        ReadRecordResult::InputEmpty => {
            // Says that nothing follows.
            let (last, _, more, further) =
                reader.read_record(&[], &mut bytes[written..], &mut ends[columns..]);
            written += more;
            columns += further;
            matches!(last, ReadRecordResult::Record)
        }
        _ => false,
    };
    if !whole || columns != COLUMNS {
        return Err(Refused::Columns);
    }
    let text = std::str::from_utf8(&bytes[..written]).map_err(|_| Refused::Unreadable)?;
    let mut fields = [""; COLUMNS];
    let mut start = 0;
    for (field, end) in fields.iter_mut().zip(ends) {
        *field = text.get(start..end).ok_or(Refused::Columns)?;
        start = end;
    }
    Ok(fields)
}

/// A decimal number of at most four decimals and seven digits before them.
fn ten_thousandths(text: &str) -> Result<u64, Refused> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return Err(Refused::Rate);
    }
    let places = whole.bytes().chain(decimals.bytes()).chain(std::iter::repeat(b'0'));
    Ok(places.take(whole.len() + 4).fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

fn euro_cents(currency: &str, amount: u64, rate: u64) -> u64 {
    // SAFETY: the signature is that of convert.c, which build.rs compiles into this crate.
    unsafe extern "C" {
        fn ledger_euro_cents(code: *const c_char, amount: i64, rate: i64) -> i64;
    }
    let mut code = [0; 4];
    code[..3].copy_from_slice(&currency.as_bytes()[..3]);
    // SAFETY: the code ends with a zero; the amount is small enough not to overflow. It may crash nevertheless, and
    // harms nothing but this process.
    let cents = unsafe { ledger_euro_cents(code.as_ptr().cast(), amount as i64, rate as i64) };
    u64::try_from(cents).unwrap_or(0)
}

#[cfg(test)]
mod tests;

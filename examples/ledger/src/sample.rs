//! A file of bookings as a small firm writes it in a year, made of a seed; with a few lines such as no firm should
//! write, but every firm does.

use crate::booking::HEADING;
use crate::storm::Random;
use std::io::{self, Write};

/// The seed of the file that is shipped.
pub const SEED: u64 = 2026;

/// The lines of the file that is shipped, but for the heading.
pub const LINES: u32 = 4000;

/// What happens in a firm: debit, credit, the usual sum in euros, the text.
const DEALS: [(u16, u16, u64, &str); 14] = [
    (1400, 4000, 1800, "Invoice to"),
    (1400, 4000, 420, "Invoice to"),
    (1200, 1400, 1600, "Payment by"),
    (1210, 1400, 2900, "Payment from abroad by"),
    (3000, 1600, 950, "Goods of"),
    (1600, 1200, 950, "Payment to"),
    (1570, 1600, 180, "Input tax, goods of"),
    (1400, 1770, 340, "Value added tax, invoice to"),
    (4100, 1200, 2700, "Wages by way of"),
    (4600, 1200, 310, "Advertising in"),
    (4660, 1000, 85, "Travel to"),
    (4910, 1000, 12, "Postage to"),
    (4920, 1200, 49, "Telephone, contract with"),
    (4970, 1200, 9, "Charges of"),
];

const PARTNERS: [&str; 12] = [
    "Adler & Sons",
    "Miller, Weber and Co.",
    "\"Zum Anker\" inn",
    "Bäckerei Groß",
    "Lindqvist AB",
    "Okamoto Trading",
    "Smith Ltd, Leeds",
    "Fontana S.p.A.",
    "Café \"Orient\"",
    "Hofer AG",
    "Blue River, Inc.",
    "Schreiber",
];

/// Code, units of an amount in one, what a euro costs in ten-thousandths.
const CURRENCIES: [(&str, u64, u64); 4] =
    [("USD", 100, 10_870), ("GBP", 100, 8_540), ("CHF", 100, 9_420), ("JPY", 1, 1_634_500)];

/// One line in so many is no booking.
const SPOILT: u64 = 160;

/// Writes the heading and so many lines.
///
/// # Errors
/// The system's.
pub fn write(file: &mut dyn Write, lines: u32, seed: u64) -> io::Result<()> {
    let mut random = Random::new(seed);
    writeln!(file, "{HEADING}")?;
    for line in 0..lines {
        // The year goes by from the first line to the last.
        let day = u64::from(line) * 336 / u64::from(lines);
        let date = format!("2026-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        let spoilt = random.below(SPOILT) == 0;
        write_line(file, &date, &mut random, spoilt)?;
    }
    Ok(())
}

fn write_line(file: &mut dyn Write, date: &str, random: &mut Random, spoilt: bool) -> io::Result<()> {
    let (debit, credit, usual, deal) = DEALS[random.below(DEALS.len() as u64) as usize];
    let partner = PARTNERS[random.below(PARTNERS.len() as u64) as usize];
    let number = 1000 + random.below(9000);
    let text = quoted(&format!("{deal} {partner}, no. {number}"));
    let cents = usual * (50 + random.below(100)) + random.below(100);
    let (code, smallest, rate) = if debit == 1210 {
        let (code, smallest, rate) = CURRENCIES[random.below(CURRENCIES.len() as u64) as usize];
        (code, smallest, rate * (9_800 + random.below(400)) / 10_000)
    } else {
        ("EUR", 100, 10_000)
    };
    let amount = cents * rate * smallest / 100 / 10_000;
    let rate = format!("{}.{:04}", rate / 10_000, rate % 10_000);
    if !spoilt {
        return writeln!(file, "{date},{debit},{credit},{amount},{code},{rate},{text}");
    }
    match random.below(8) {
        // These two crash whoever converts the amount.
        0 => writeln!(file, "{date},{debit},{credit},{amount},USD,0.0000,{text}"),
        1 => writeln!(file, "{date},{debit},{credit},{amount},DEM,1.9558,{text}"),
        2 => writeln!(file, "{date},{debit},9999,{amount},{code},{rate},{text}"),
        3 => writeln!(file, "{date},{debit},{credit},,{code},{rate},{text}"),
        4 => writeln!(file, "{date},{debit},{credit},-{amount},{code},{rate},{text}"),
        5 => writeln!(file, "{date},{debit},{credit},{amount},{code},#REF!,{text}"),
        6 => writeln!(file, "{date},\"{debit},{credit},{amount},{code},{rate},{deal} {number}"),
        _ => writeln!(file, "{date};{debit};{credit};{amount};{code};{rate};{deal} {number}"),
    }
}

/// In quotes, where it must be.
fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{LINES, SEED, write};

    #[test]
    fn the_file_that_is_shipped_is_the_one_that_is_made() {
        let mut made = Vec::new();
        write(&mut made, LINES, SEED).unwrap();
        assert!(made == include_bytes!("../bookings.csv"), "`ledger sample > bookings.csv` makes it anew");
    }
}

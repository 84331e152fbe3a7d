use super::{Booking, LONGEST, MOST, Refused, parse};
use crate::audit::{Fate, fates};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[test]
fn amounts_are_converted() {
    let booking = |debit, credit, cents| Ok(Booking { debit, credit, cents });
    for (line, read) in [
        ("2026-01-02,1200,4000,11900,EUR,1.0000,text", booking(1200, 4000, 11_900)),
        ("2026-01-02,1200,4000,11900,USD,1.19,\"a, \"\"b\"\"\"", booking(1200, 4000, 10_000)),
        (",\"1000\",1200,1634,JPY,163.4,", booking(1000, 1200, 1000)),
        ("d,1000,1200,5,GBP,2,t", booking(1000, 1200, 2)),
        ("d,1000,1200,1000000000000,EUR,1,t", booking(1000, 1200, MOST)),
    ] {
        assert_eq!(parse(line), read, "{line}");
    }
}

#[test]
fn what_is_no_booking_is_refused() {
    for (line, refused) in [
        ("", Refused::Columns),
        ("d,1000,1200,1,EUR,1", Refused::Columns),
        ("d,1000,1200,1,EUR,1,t,u", Refused::Columns),
        ("\"d,1000,1200,1,EUR,1,t", Refused::Columns),
        ("d,1000,1200,1,EUR,1,t\rd,1000,1200,1,EUR,1,t", Refused::Columns),
        ("d,1001,1200,1,EUR,1,t", Refused::Account),
        ("d,1000,66736,1,EUR,1,t", Refused::Account),
        ("d,1000,1000,1,EUR,1,t", Refused::SameAccount),
        ("d,1000,1200,0,EUR,1,t", Refused::Amount),
        ("d,1000,1200,1000000000001,EUR,1,t", Refused::Amount),
        ("d,1000,1200,-1,EUR,1,t", Refused::Amount),
        ("d,1000,1200,1,eur,1,t", Refused::Currency),
        ("d,1000,1200,1,EU,1,t", Refused::Currency),
        ("d,1000,1200,1,EUR,,t", Refused::Rate),
        ("d,1000,1200,1,EUR,-1,t", Refused::Rate),
        ("d,1000,1200,1,EUR,1.00001,t", Refused::Rate),
        ("d,1000,1200,1,EUR,12345678,t", Refused::Rate),
        ("d,1000,1200,1,EUR,2,t", Refused::Worth),
        ("d,1000,1200,1000000000000,EUR,0.0001,t", Refused::Worth),
    ] {
        assert_eq!(parse(line), Err(refused), "{line}");
    }
    let long = format!("d,1000,1200,1,EUR,1,{}", "t".repeat(LONGEST));
    assert_eq!(parse(&long), Err(Refused::Columns));
}

/// Columns as they might be, rightly and wrongly.
const WORDS: [&[&str]; 7] = [
    &["2026-01-02", "", "\"2026\"", "\"2026"],
    &["1000", "1200", "\"1400\"", "9999", "x", "01000"],
    &["4000", "1000", "\"1600", "65536", "-1"],
    &["1", "11900", "1000000000000", "0", "+7", "1.5", "99999999999999999999"],
    &["EUR", "USD", "JPY", "usd", "EURO", "\"GBP\""],
    &["1.0000", "1", "1.", ".5", "163.45", "0.0001", "9999999.9999", "1.23456", "+1"],
    &["text", "", "\"a, b\"", "\"a \"\"b\"\"\"", "ä\u{feff}", "\"", "a\"b"],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// What is booked here is what the proof has worked out in its own way, whatever the line. Lines that crash the
    /// conversion are left out: whoever parses them does not come back.
    #[test]
    fn the_proof_reads_a_line_likewise(
        words in WORDS.map(select),
        noise in vec((any::<Index>(), select(vec![',', '"', '\r', ' ', '0', ';', 'ä', '\u{feff}'])), 0..3),
    ) {
        let mut line: Vec<char> = words.join(",").chars().collect();
        for (at, letter) in noise {
            line.insert(at.index(line.len() + 1), letter);
        }
        let line: String = line.into_iter().collect();
        let line = line.strip_suffix('\r').unwrap_or(&line);
        let fate = fates(format!("\n{line}").as_bytes()).remove(&2);
        if fate != Some(Fate::Crashed) {
            let read = match parse(line) {
                Ok(Booking { debit, credit, cents }) => Fate::Booked(debit, credit, cents.into()),
                Err(_) => Fate::Refused,
            };
            prop_assert_eq!(Some(read), fate, "{:?}", line);
        }
    }
}

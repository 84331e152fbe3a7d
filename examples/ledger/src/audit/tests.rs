//! The proof must find each fault, or it proves nothing.

use super::{Audit, Fate, audit, fates};
use crate::books::{BALANCES, BOOKINGS, DEAD_LETTERS, JOURNAL};
use crate::chart::ACCOUNTS;
use std::fmt::Write;
use std::fs;

const FILE: &str = "\u{feff}date,debit,credit,amount,currency,rate,text\r\n\
    d,1000,1200,500,EUR,1.0000,t\r\n\
    \r\n\
    d,1200,4000,300,USD,2.0000,t\n\
    d,1200,4000,300,USD,0.0000,t\n\
    d,1200,4000,300,DEM,1.9558,t\n\
    nothing\n";

/// Compares these books with the file; the balances are those of the journal unless given.
fn compare(journal: &str, dead: &str, balances: Option<&str>) -> Audit {
    let folder = tempfile::tempdir().unwrap();
    let put = |name, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let mut sums = String::new();
    for (number, name) in ACCOUNTS {
        let side = |side: usize| {
            let rows = journal
                .lines()
                .map(|row| row.split(',').map(|x| x.parse::<u64>().unwrap()).collect::<Vec<_>>());
            rows.filter(|row| row[side] == u64::from(number)).map(|row| row[3]).sum::<u64>()
        };
        writeln!(sums, "{number},\"{name}\",{},{}", side(1), side(2)).unwrap();
    }
    put(BOOKINGS, FILE);
    put(JOURNAL, journal);
    put(DEAD_LETTERS, dead);
    put(BALANCES, balances.unwrap_or(&sums));
    audit(folder.path()).unwrap()
}

const JOURNAL_DONE: &str = "2,1000,1200,500\n4,1200,4000,150\n";
const DEAD_DONE: &str = "5,3,\"a, b\"\n6,3,x\n7,0,x\n";

#[test]
fn every_line_has_its_fate() {
    let expected = [
        (2, Fate::Booked(1000, 1200, 500)),
        (4, Fate::Booked(1200, 4000, 150)),
        (5, Fate::Crashed),
        (6, Fate::Crashed),
        (7, Fate::Refused),
    ];
    assert!(fates(FILE.as_bytes()).into_iter().eq(expected));
}

#[test]
fn good_books_are_found_good() {
    for journal in [JOURNAL_DONE, "4,1200,4000,150\n2,1000,1200,500\n"] {
        let found = compare(journal, DEAD_DONE, None);
        assert!(found.is_clean(), "{found}");
        assert_eq!((found.lines, found.booked, found.refused, found.crashed), (5, 2, 1, 2));
        assert_eq!((found.debits, found.credits), (650, 650));
    }
}

#[test]
fn every_fault_is_found() {
    let journal = |more: &str| format!("{JOURNAL_DONE}{more}");
    let dead = |more: &str| format!("{DEAD_DONE}{more}");
    for (journal, dead, faults) in [
        // Lost, twice, wrong.
        ("2,1000,1200,500\n".to_owned(), dead(""), (1, 0, 0)),
        (journal(""), "5,3,x\n7,0,x\n".to_owned(), (1, 0, 0)),
        (journal("4,1200,4000,150\n"), dead(""), (0, 1, 0)),
        (journal(""), dead("4,3,x\n"), (0, 1, 0)),
        ("2,1000,1200,500\n".to_owned(), dead("4,3,x\n"), (0, 0, 1)),
        ("2,1000,1200,501\n4,1200,4000,150\n".to_owned(), dead(""), (0, 0, 1)),
        ("2,1200,1000,500\n4,1200,4000,150\n".to_owned(), dead(""), (0, 0, 1)),
        (journal("8,1000,1200,1\n"), dead(""), (0, 0, 1)),
        (journal(""), "5,0,x\n6,3,x\n7,0,x\n".to_owned(), (0, 0, 1)),
    ] {
        let found = compare(&journal, &dead, None);
        assert_eq!((found.lost, found.twice, found.wrong), faults, "{journal}{dead}");
        assert!(!found.is_clean());
    }
}

#[test]
fn balances_that_are_off_are_found() {
    for balances in ["", "1000,Cash,500,0\n1200,Bank,150,500\n4000,Sales,0,150\n"] {
        let found = compare(JOURNAL_DONE, DEAD_DONE, Some(balances));
        assert!(found.accounts_off > 0 && !found.is_clean(), "{found}");
        assert!(found.to_string().contains("the books are wrong"));
    }
}

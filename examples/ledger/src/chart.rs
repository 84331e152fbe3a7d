//! The chart of accounts: all that there are.

/// Number and name, in the order in which the ledger keeps them.
pub const ACCOUNTS: [(u16, &str); 18] = [
    (1000, "Cash"),
    (1200, "Bank"),
    (1210, "Bank, foreign currencies"),
    (1400, "Receivables"),
    (1570, "Input tax"),
    (1600, "Payables"),
    (1770, "Value added tax"),
    (3000, "Goods purchased"),
    (4000, "Sales"),
    (4100, "Wages"),
    (4210, "Rent"),
    (4360, "Insurance"),
    (4600, "Advertising"),
    (4660, "Travel"),
    (4910, "Postage"),
    (4920, "Telephone"),
    (4930, "Office supplies"),
    (4970, "Bank charges"),
];

/// Where an account lies in the chart.
pub fn position(number: u16) -> Option<usize> {
    ACCOUNTS.iter().position(|account| account.0 == number)
}

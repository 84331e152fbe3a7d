//! Conditional attributes go where they would go without their condition, and plain values have conditional parts.
#![deny(warnings)]
use perennial::prelude::*;

#[plain]
#[derive(Debug, PartialEq)]
pub struct Account {
    #[cfg_attr(feature = "on", doc = "How much.")]
    pub cents: u64,
    #[cfg(feature = "off")]
    pub absent: NoSuchType,
    #[cfg_attr(feature = "on", cfg(feature = "on"), allow(dead_code))]
    pub owner: u64,
}

#[plain]
#[derive(Debug, PartialEq)]
pub enum Kind {
    #[cfg(feature = "on")]
    Open = 0,
    #[cfg(feature = "off")]
    Absent = 1,
    Closed = 2,
}

#[cfg_attr(feature = "on", message)]
#[derive(Debug, PartialEq)]
pub struct Order {
    #[cfg_attr(feature = "on", doc = "Whose.")]
    pub account: u32,
    #[cfg_attr(feature = "on", cfg(feature = "off"))]
    pub absent: NoSuchType,
}

#[daemon(mem = "1MiB")]
pub struct Ledger {
    #[cfg_attr(feature = "on", doc = "Orders.", allow(dead_code))]
    orders: Consumer<Order, 8>,
    #[cfg_attr(feature = "on", doc = "All of them.", cfg(feature = "on"))]
    total: u64,
    #[cfg_attr(feature = "on", cfg(feature = "off"), doc = "None.")]
    absent: NoSuchType,
    #[cfg_attr(feature = "off", doc = "Never.", cfg(feature = "off"))]
    last: Account,
    kind: Kind,
}

impl Ledger {
    #[cfg_attr(feature = "on", transaction(timeout = "1s"))]
    #[cfg_attr(feature = "on", doc = "Adds.", must_use)]
    fn add(
        #[cfg_attr(feature = "on", cfg(feature = "on"))] total: &mut u64,
        #[cfg_attr(feature = "on", cfg(feature = "off"))] absent: &NoSuchType,
        by: u64,
    ) -> Result<u64, ()> {
        *total += by;
        Ok(*total)
    }
}

fn main() {
    let _ = Ledger::add as fn(&mut Handle<Ledger>, u64) -> Result<u64, Failure<()>>;
    let mut total = 1;
    assert_eq!(Ledger::add_inline(&mut total, 2), Ok(3));
    let fields = <Ledger as perennial::__private::State>::FIELDS;
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names, ["orders", "total", "last", "kind"]);
    assert_eq!((Order::SIZE, Account::SIZE, Kind::SIZE), (4, 16, 1));
    assert_eq!((Kind::decode(&[0]), Kind::decode(&[1]), Kind::decode(&[2])), (Some(Kind::Open), None, Some(Kind::Closed)));
}

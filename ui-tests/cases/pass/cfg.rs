//! `cfg` on fields, parameters, variants.
use perennial::prelude::*;

#[message]
#[derive(Debug, PartialEq)]
struct Order {
    #[cfg(feature = "off")]
    absent: NoSuchType,
    #[cfg(feature = "on")]
    account: u32,
    #[cfg_attr(feature = "on", cfg(feature = "on"))]
    cents: u32,
}

#[message]
#[derive(Debug, PartialEq)]
enum Refused {
    #[cfg(feature = "off")]
    Absent(NoSuchType),
    Empty,
    Full {
        #[cfg(feature = "off")]
        absent: NoSuchType,
        by: u32,
    },
}

#[daemon(mem = "1MiB")]
struct Ledger {
    #[cfg(feature = "off")]
    absent: NoSuchType,
    orders: Consumer<Order, 8>,
    #[cfg(feature = "on")]
    total: u64,
    #[cfg(not(feature = "off"))]
    last: u32,
}

#[daemon(mem = "1MiB")]
struct Emptied {
    #[cfg(feature = "off")]
    absent: NoSuchType,
}

impl Ledger {
    #[transaction]
    fn settle(
        #[cfg(feature = "off")] absent: &mut NoSuchType,
        #[cfg(feature = "on")] total: &mut u64,
        #[cfg(feature = "off")] gone: NoSuchType,
        #[cfg(feature = "on")] here: u64,
        last: &u32,
    ) -> Result<(), Refused> {
        *total += here + u64::from(*last);
        Ok(())
    }

    #[transaction]
    #[cfg(feature = "off")]
    fn absent(absent: &mut NoSuchType) -> Result<(), Refused> {
        Ok(())
    }
}

fn main() {
    let _ = Ledger::settle as fn(&mut Handle<Ledger>, u64) -> Result<(), Failure<Refused>>;
    let fields = <Ledger as perennial::__private::State>::FIELDS;
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names, ["orders", "total", "last"]);
    let offsets: Vec<usize> = fields.iter().map(|field| field.offset).collect();
    let real = [
        std::mem::offset_of!(LedgerImage, orders),
        std::mem::offset_of!(LedgerImage, total),
        std::mem::offset_of!(LedgerImage, last),
    ];
    assert_eq!(offsets, real);
    assert!(<Emptied as perennial::__private::State>::FIELDS.is_empty());
    assert_eq!(fields[0].ty, "Consumer<Order, 8>");
}

//! Layouts of plain structs, parts that are only known by name, and types that are named like known ones.
use perennial::prelude::{Array, Consumer, Map, Message, OrderedMap, Plain, daemon, plain};

#[plain]
#[derive(Debug, PartialEq)]
#[repr(C, packed(2))]
struct Packed {
    open: u16,
    cents: u64,
}

#[plain]
#[repr(align(16))]
struct Aligned {
    cents: u64,
    owner: [u32; 2],
}

#[plain]
struct Duration(u64);

/// Every second field depends on something.
#[plain]
pub struct Nested {
    /// A type of another macro's making.
    pub price: zerocopy::byteorder::little_endian::U64,
    #[cfg(feature = "off")]
    absent: NoSuchType,
    idle: Duration,
    #[cfg_attr(feature = "on", cfg(feature = "off"))]
    gone: u8,
    states: [State; 2],
    maybe: Option<core::num::NonZeroU16>,
    #[cfg(feature = "on")]
    owner: u32,
}

#[plain]
enum State {
    #[cfg(feature = "off")]
    Absent,
    Open,
    #[cfg(feature = "on")]
    Closed = 7,
}

/// One of the first two is there.
#[plain]
#[derive(Debug, PartialEq)]
enum Either {
    #[cfg(feature = "off")]
    Absent = 0,
    #[cfg_attr(feature = "on", cfg(not(feature = "off")))]
    Here = 0,
    Other = 3,
}

#[daemon(mem = "1MiB")]
struct Bank {
    idle: Duration,
    last: Nested,
    #[cfg(feature = "off")]
    absent: Array<NoSuchType, 4>,
    all: Array<Nested, 4>,
    seen: Map<u32, (), 8>,
    kept: OrderedMap<u32, Packed, 8>,
    #[cfg(feature = "on")]
    orders: Consumer<Packed, 4>,
}

fn is_plain<T: Plain>() {}

fn main() {
    is_plain::<Packed>();
    is_plain::<Aligned>();
    is_plain::<State>();
    assert_eq!(Either::decode(&[0]), Some(Either::Here));
    assert_eq!(Either::decode(&[1]), None);
    let packed = Packed { open: 1, cents: 2 };
    let mut wire = [0; Packed::SIZE];
    packed.encode(&mut wire);
    assert_eq!(Packed::decode(&wire), Some(packed));
    assert_eq!((Packed::SIZE, Aligned::SIZE, Nested::SIZE), (10, 16, 24));
    let fields = <Bank as perennial::__private::State>::FIELDS;
    assert_eq!(fields.iter().map(|field| field.ty).collect::<Vec<_>>(), [
        "Duration",
        "Nested",
        "Array<Nested, 4>",
        "Map<u32, (), 8>",
        "OrderedMap<u32, Packed, 8>",
        "Consumer<Packed, 4>"
    ]);
}

//! Every shape of message goes there and back.
use perennial::prelude::*;
use std::fmt::Debug;

#[message]
#[derive(Debug, PartialEq)]
struct Unit;

#[message]
#[derive(Debug, PartialEq)]
struct Tuple(u8, #[allow(unused)] Option<u32>);

#[message]
#[derive(Debug, PartialEq)]
pub struct Named {
    tuple: Tuple,
    r#type: [i16; 3],
    unit: Unit,
}

#[message(crate = perennial)]
#[derive(Debug, PartialEq)]
enum Data {
    Nothing,
    Number(u64),
    Pair { left: u8, r#fn: Named },
    Last(),
}

#[message]
#[derive(Debug, PartialEq)]
enum Discriminants {
    One = 10,
    Two = 5,
}

#[message]
#[derive(Debug, PartialEq)]
enum Never {}

/// Fields named as the generated code's locals.
#[message]
#[derive(Debug, PartialEq)]
struct Names {
    out: u8,
    bytes: u8,
    part: u8,
    tag: u8,
    size: u8,
}

fn there_and_back<T: Message + PartialEq + Debug>(value: T) {
    let mut wire = vec![0xAA; T::SIZE];
    value.encode(&mut wire);
    assert_eq!(T::decode(&wire), Some(value));
    wire.push(0);
    assert_eq!(T::decode(&wire), None);
}

fn main() {
    let named = || Named { tuple: Tuple(7, Some(9)), r#type: [-1, 2, 3], unit: Unit };
    there_and_back(Unit);
    there_and_back(named());
    there_and_back(Data::Nothing);
    there_and_back(Data::Number(u64::MAX));
    there_and_back(Data::Pair { left: 1, r#fn: named() });
    there_and_back(Data::Last());
    there_and_back(Discriminants::One);
    there_and_back(Discriminants::Two);
    there_and_back(Names { out: 1, bytes: 2, part: 3, tag: 4, size: 5 });
    assert_eq!(Data::decode(&[9; Data::SIZE]), None);
    assert_eq!(Never::decode(&[0]), None);
    assert_eq!(Named::SIZE, 1 + 5 + 6);
    assert_eq!(Data::SIZE, 1 + 1 + 12);
    let mut wire = [0xFF; Data::SIZE];
    Data::Nothing.encode(&mut wire);
    assert_eq!(wire, [0; Data::SIZE]);
    assert_ne!(Data::FINGERPRINT, Discriminants::FINGERPRINT);
}

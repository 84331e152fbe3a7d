//! Plain structs and enums, as fields, elements and messages.
use perennial::prelude::*;

#[plain]
#[derive(Debug, PartialEq, Default)]
pub struct Account {
    pub cents: i64,
    pub owner: u32,
    pub state: AccountState,
    pub flags: [bool; 3],
}

#[plain]
#[derive(Debug, PartialEq, Default)]
pub enum AccountState {
    #[default]
    Open,
    Closed,
}

#[plain]
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u16)]
enum Wide {
    Top = 500,
    #[allow(unused)]
    Zero = 0,
}

#[plain(crate = perennial)]
#[derive(Debug, PartialEq)]
#[repr(transparent)]
struct Wrapper(u64);

#[plain]
struct Unit;

#[plain]
struct Pair(u8, u8);

#[daemon(mem = "1MiB")]
struct Bank {
    last: Account,
    wide: Wide,
    wrapper: Wrapper,
    unit: Unit,
    pair: Pair,
    accounts: Array<Account, 100>,
    orders: Consumer<Account, 8>,
}

fn is_plain<T: Plain>() {}

fn main() {
    is_plain::<Account>();
    let mut wire = [0; Account::SIZE];
    let account = Account { cents: -5, owner: 7, state: AccountState::Closed, flags: [true, false, true] };
    account.encode(&mut wire);
    assert_eq!(Account::decode(&wire), Some(account));
    wire[12] = 9;
    assert_eq!(Account::decode(&wire), None);
    assert_eq!(Wide::decode(&500_u16.to_ne_bytes()), Some(Wide::Top));
    assert_eq!(Wrapper::decode(&[0; 7]), None);
    assert_ne!(Account::FINGERPRINT, Wide::FINGERPRINT);
}

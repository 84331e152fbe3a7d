//! More fields than a daemon may have.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    total_1: u64,
    total_2: u64,
    total_3: u64,
    total_4: u64,
    total_5: u64,
    total_6: u64,
    total_7: u64,
    total_8: u64,
    total_9: u64,
    total_10: u64,
    total_11: u64,
    total_12: u64,
    total_13: u64,
    total_14: u64,
    total_15: u64,
    total_16: u64,
    total_17: u64,
    total_18: u64,
    total_19: u64,
    total_20: u64,
    total_21: u64,
    total_22: u64,
    total_23: u64,
    total_24: u64,
    total_25: u64,
    total_26: u64,
    total_27: u64,
    total_28: u64,
    total_29: u64,
    total_30: u64,
    total_31: u64,
    total_32: u64,
    total_33: u64,
    total_34: u64,
    total_35: u64,
    total_36: u64,
    total_37: u64,
    total_38: u64,
    total_39: u64,
    total_40: u64,
    total_41: u64,
    total_42: u64,
    total_43: u64,
    total_44: u64,
    total_45: u64,
    total_46: u64,
    total_47: u64,
    total_48: u64,
    total_49: u64,
    total_50: u64,
    total_51: u64,
    total_52: u64,
    total_53: u64,
    total_54: u64,
    total_55: u64,
    total_56: u64,
    total_57: u64,
    total_58: u64,
    total_59: u64,
    total_60: u64,
    total_61: u64,
    total_62: u64,
    total_63: u64,
    total_64: u64,
    total_65: u64,
    total_66: u64,
}

impl Ledger {
    #[transaction]
    fn settle(total_66: &mut u64) -> Result<(), ()> {
        *total_66 += 1;
        Ok(())
    }
}

fn main() {}

//! Every option of `#[daemon]`, and the shapes that a struct may have.
use perennial::prelude::*;

/// All of them.
#[daemon(
    mem = "4MiB",
    heap = "64KiB",
    scratch = "64 KiB",
    record = "65536",
    history = "256KiB",
    restart = reset,
    kind = transient,
    max_restarts = 5,
    within = "1m",
    backoff = "250us",
    stop_timeout = "2s",
    crate = perennial,
)]
#[allow(dead_code)]
pub struct Everything {
    /// Documented.
    pub count: u64,
    pub(crate) rates: [f64; 4],
    r#type: bool,
    #[allow(unused)]
    mark: char,
}

#[daemon(mem = "1MiB", kind = permanent, restart = resume)]
struct Braces {}

#[daemon(mem = "1MiB", kind = temporary, stop_timeout = "0s")]
struct Unit;

#[daemon(mem = "1MiB")]
struct NamesLikeOurs {
    cells: u64,
    place: u64,
    row: u64,
    fields: u64,
    gravest: u64,
    a: u64,
}

type Counter = u64;
type Orders = Consumer<u32, 16>;
const LEN: usize = 4;

#[daemon(mem = "1MiB")]
struct Aliases {
    count: Counter,
    orders: Orders,
    list: [Counter; LEN + 1],
}

macro_rules! daemons {
    ($vis:vis $name:ident, $mem:literal, $ty:ty, $field:ident) => {
        #[daemon(mem = $mem)]
        $vis struct $name {
            $field: $ty,
        }
        impl $name {
            #[transaction]
            $vis fn set($field: &mut $ty) -> Result<(), ()> {
                *$field = 1;
                Ok(())
            }
        }
    };
}
daemons!(pub(crate) Generated, "1MiB", u64, total);

fn uses(mut_: EverythingMut<'_>, ref_: EverythingRef<'_>) -> u64 {
    *mut_.count += 1;
    *mut_.r#type = !*ref_.r#type;
    *ref_.count
}

fn main() {
    let _ = uses as fn(EverythingMut<'_>, EverythingRef<'_>) -> u64;
    let _ = Generated::set as fn(&mut Handle<Generated>) -> Result<(), Failure<()>>;
    let _ = size_of::<EverythingImage>() + size_of::<Braces>() + size_of::<Unit>();
}

//! Tokens to syntax: the options and the struct, as written.

use crate::shared::Errors;
use crate::shared::options::{self, CRATE, Entries};
use crate::shared::values::Known;
use proc_macro2::TokenStream;
use syn::{Item, ItemStruct};

const SIZE: &str = "a size in quotes, such as `\"64KiB\"`";
const TIME: &str = "a duration in quotes, such as `\"250ms\"`";
const COUNT: &str = "a whole number, such as `10`";

const KNOWN: [Known; 20] = [
    Known { name: "mem", expects: "a size in quotes, such as `\"4MiB\"`" },
    Known { name: "heap", expects: SIZE },
    Known { name: "scratch", expects: SIZE },
    Known { name: "record", expects: SIZE },
    Known { name: "history", expects: SIZE },
    Known { name: "restart", expects: "`resume`, `reset` or `decide`" },
    Known { name: "resumes", expects: COUNT },
    Known { name: "rollbacks", expects: COUNT },
    Known { name: "validate", expects: "the path of a function, such as `Ledger::check`" },
    Known { name: "kind", expects: "`permanent`, `transient` or `temporary`" },
    Known { name: "max_restarts", expects: COUNT },
    Known { name: "within", expects: TIME },
    Known {
        name: "escalation",
        expects: "`stop`, `stop(17)` with an exit code, `reset` or `abandon`, without quotes",
    },
    Known { name: "backoff", expects: TIME },
    Known { name: "max_backoff", expects: TIME },
    Known { name: "healthy_after", expects: TIME },
    Known { name: "watchdog", expects: TIME },
    Known { name: "start_timeout", expects: TIME },
    Known { name: "stop_timeout", expects: TIME },
    CRATE,
];

/// What the user wrote.
pub(super) struct Input {
    pub(super) options: Entries,
    pub(super) item: ItemStruct,
}

/// `None` where there is no struct to work with.
pub(super) fn parse(args: TokenStream, item: &TokenStream, errors: &mut Errors) -> Option<Input> {
    let options = options::parse(args, const { &KNOWN }, errors);
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(item)) => Some(Input { options, item }),
        Ok(_) => {
            errors.on(
                item,
                "`#[daemon]` goes on a struct whose named fields are the daemon's state: `struct Ledger { total: u64 }`",
            );
            None
        }
        Err(error) => {
            errors.take(error);
            None
        }
    }
}

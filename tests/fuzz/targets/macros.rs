//! Macros on any tokens. A crate of macros can be linked by the compiler alone, so its modules are compiled into this
//! program.
//!
//! The input is text: a letter for the macro, its arguments until the end of the line, then the item.
#![no_main]
// What only the crate of macros itself uses.
#![allow(dead_code, unused_imports)]

#[path = "../../../macros/src/daemon/mod.rs"]
mod daemon;
#[path = "../../../macros/src/message/mod.rs"]
mod message;
#[path = "../../../macros/src/plain/mod.rs"]
mod plain;
#[path = "../../../macros/src/root/mod.rs"]
mod root;
#[path = "../../../macros/src/shared/mod.rs"]
mod shared;
#[path = "../../../macros/src/transaction/mod.rs"]
mod transaction;
#[path = "../../../macros/src/types/mod.rs"]
mod types;

use libfuzzer_sys::Corpus;
use proc_macro2::TokenStream;

libfuzzer_sys::fuzz_target!(|input: &[u8]| -> Corpus {
    if deepest(input) > 50 {
        return Corpus::Reject;
    }
    let text = str::from_utf8(input).ok();
    text.and_then(expand).map_or(Corpus::Reject, |_| Corpus::Keep)
});

/// How deep groups lie in each other. The compiler's own parser goes down by recursion, too, and has a limit.
fn deepest(input: &[u8]) -> usize {
    input.iter().filter(|byte| b"([{<&-!*".contains(byte)).count()
}

fn expand(text: &str) -> Option<TokenStream> {
    let (first, item) = text.split_once('\n')?;
    let (letter, args) = (first.chars().next()?, first.get(1..)?);
    let (args, item): (TokenStream, TokenStream) = (args.parse().ok()?, item.parse().ok()?);
    let item = shared::grouping::keep(item);
    Some(match letter {
        'd' => daemon::daemon(args, item),
        't' => transaction::transaction(args, item),
        'm' => message::message(args, item),
        'p' => plain::plain(args, item),
        'r' => root::root(item),
        _ => return None,
    })
}

//! The macros of perennial. Use them through the crate `perennial`, which re-exports them.

mod daemon;
mod message;
mod plain;
mod root;
mod shared;
mod transaction;

use proc_macro::TokenStream;

/// daemon
#[proc_macro_attribute]
pub fn daemon(args: TokenStream, item: TokenStream) -> TokenStream {
    daemon::daemon(args.into(), item.into()).into()
}
/// transaction
#[proc_macro_attribute]
pub fn transaction(args: TokenStream, item: TokenStream) -> TokenStream {
    transaction::transaction(args.into(), item.into()).into()
}
/// message
#[proc_macro_attribute]
pub fn message(args: TokenStream, item: TokenStream) -> TokenStream {
    message::message(args.into(), item.into()).into()
}
/// plain
#[proc_macro_attribute]
pub fn plain(args: TokenStream, item: TokenStream) -> TokenStream {
    plain::plain(args.into(), item.into()).into()
}
/// root
#[proc_macro]
pub fn root(input: TokenStream) -> TokenStream {
    root::root(input.into()).into()
}

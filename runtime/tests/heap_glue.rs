//! What is emitted into a user's binary compiles under the strictest lints a user may set.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block)]
#![no_implicit_prelude]

#[global_allocator]
static HEAP: ::perennial::__private::Heap = ::perennial::__private::Heap::new();
::perennial::__private::c_heap!();

#[test]
fn the_heap_serves_this_binary() {
    let before = ::perennial::heap::usage().used;
    let boxed = ::std::boxed::Box::new([0_u8; 4096]);
    ::std::assert!(::perennial::heap::usage().used >= before + boxed.len());
}

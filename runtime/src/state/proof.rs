//! Types that come with a proof that they fit where they stand.
//!
//! Where a type in generated code does not implement a trait, rustc says so at each mention of it. A constant in
//! the type is evaluated first: where that fails, rustc says it once, and nothing about the type any more.

use super::{Message, Plain};

/// A proof, if it holds.
pub struct Proof<const HOLDS: bool>;

/// What a proof is given for.
pub trait For<T: ?Sized> {
    /// The same type.
    type Type: ?Sized;
}

impl<T: ?Sized> For<T> for Proof<true> {
    type Type = T;
}

/// `T`, if the proof holds.
pub type Proved<T, const HOLDS: bool> = <Proof<HOLDS> as For<T>>::Type;

/// Proves that `T` is plain.
pub const fn plain<T: Plain>() -> bool {
    true
}

/// Proves that `T` may cross between processes.
pub const fn crosses<T: Message>() -> bool {
    true
}

//! What the macros have in common.

pub(crate) mod attrs;
#[cfg(test)]
mod bound;
#[cfg(test)]
mod editor;
pub(crate) mod errors;
pub(crate) mod grouping;
pub(crate) mod krate;
#[cfg(test)]
mod noise;
pub(crate) mod options;
pub(crate) mod spans;
pub(crate) mod suggest;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text;
pub(crate) mod units;
pub(crate) mod values;

pub(crate) use errors::Errors;
pub(crate) use krate::Krate;

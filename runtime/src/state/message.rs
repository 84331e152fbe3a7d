//! Messages: values that cross from one process to another in a fixed-size encoding.
//!
//! Padding, niches and invalid bit patterns are what makes raw structs unfit to cross: the encoding has
//! none of them. Every value has the size of its type's [`Message::Wire`], a byte-aligned type for which all
//! bytes are valid; decoding checks what the type demands.

use core::time::Duration;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A byte-aligned type without padding for which every bit pattern is valid.
pub trait Wire: FromBytes + IntoBytes + Immutable + KnownLayout + Unaligned + Copy + 'static {}
impl<T: FromBytes + IntoBytes + Immutable + KnownLayout + Unaligned + Copy + 'static> Wire for T {}

/// A value that may cross a ring or a slot. Written by `#[message]` for structs and enums.
///
/// ```
/// use perennial::Message;
/// let mut wire = [0; 5];
/// Some(7_u32).encode(&mut wire);
/// assert_eq!(Option::<u32>::decode(&wire), Some(Some(7)));
/// assert_eq!(bool::decode(&[2]), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross a process boundary",
    label = "not a message",
    note = "put `#[message]` on it if it is a struct or enum of yours; integers, floats, bool, char, `()`, arrays, `Option`, `Result`, tuples of up to four, `Duration` and `Text<N>` are messages already",
    note = "a `String`, `Vec`, reference or `Box` points into the memory of one process: use `Text<N>` or `[u8; N]`"
)]
pub trait Message: Sized + 'static {
    /// The encoded form.
    type Wire: Wire;
    /// Identifies name and layout; equal on both ends of a ring.
    const FINGERPRINT: u64;
    /// Encoded size in bytes.
    const SIZE: usize = size_of::<Self::Wire>();

    /// Writes the value to `out`, whose length is [`Message::SIZE`]. Bytes that carry nothing are zero.
    fn encode(&self, out: &mut [u8]);
    /// Reads a value back; `None` where the bytes are no value of the type.
    fn decode(bytes: &[u8]) -> Option<Self>;

    /// Reads a value back over another one, so that a large one need not be moved; false where the bytes are no value of
    /// the type: then `out` is some value.
    #[doc(hidden)]
    #[inline]
    fn decode_into(bytes: &[u8], out: &mut Self) -> bool {
        Self::decode(bytes).is_some_and(|value| {
            *out = value;
            true
        })
    }

    /// As [`decode_into`](Message::decode_into), for values that lie one after the other.
    #[doc(hidden)]
    #[inline]
    fn decode_slice(bytes: &[u8], out: &mut [Self]) -> bool {
        let fits = bytes.len() == out.len() * Self::SIZE;
        fits && out
            .iter_mut()
            .enumerate()
            .all(|(i, item)| Self::decode_into(&bytes[i * Self::SIZE..(i + 1) * Self::SIZE], item))
    }

    /// Writes `items` one after the other to `out`, which has room for exactly them. Numbers do it at once: arrays of
    /// them are what large messages are made of.
    #[doc(hidden)]
    fn encode_all(items: &[Self], out: &mut [u8]) {
        for (i, item) in items.iter().enumerate() {
            item.encode(&mut out[i * Self::SIZE..(i + 1) * Self::SIZE]);
        }
    }

    /// Reads `N` values back that lie one after the other.
    #[doc(hidden)]
    fn decode_array<const N: usize>(bytes: &[u8]) -> Option<[Self; N]> {
        if bytes.len() != N * Self::SIZE {
            return None;
        }
        let mut valid = true;
        let items: [Option<Self>; N] = core::array::from_fn(|i| {
            let item = Self::decode(&bytes[i * Self::SIZE..(i + 1) * Self::SIZE]);
            valid &= item.is_some();
            item
        });
        // Every item is `Some` by the check on `valid`; `?` inside `map` is not possible on arrays.
        valid.then(|| items.map(|item| item.unwrap_or_else(|| unreachable!())))
    }
}

/// Two wires, one after the other.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct Pair<A, B>(A, B);

/// FNV-1a over a name and the fingerprints of its parts (Fowler, Noll, Vo 1991), for [`Message::FINGERPRINT`].
pub const fn fingerprint(name: &str, parts: &[u64]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(PRIME);
        i += 1;
    }
    let mut p = 0;
    while p < parts.len() {
        hash = (hash ^ parts[p]).wrapping_mul(PRIME).rotate_left(17);
        p += 1;
    }
    hash
}

macro_rules! numbers {
    ($($ty:ident)*) => {$(
        impl Message for $ty {
            type Wire = [u8; size_of::<$ty>()];
            const FINGERPRINT: u64 = fingerprint(stringify!($ty), &[]);
            #[inline]
            fn encode(&self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_le_bytes());
            }
            #[inline]
            fn decode(bytes: &[u8]) -> Option<Self> {
                Some($ty::from_le_bytes(bytes.try_into().ok()?))
            }
            #[inline]
            fn encode_all(items: &[Self], out: &mut [u8]) {
                let (wires, _) = out.as_chunks_mut();
                for (item, wire) in items.iter().zip(wires) {
                    *wire = item.to_le_bytes();
                }
            }
            #[inline]
            fn decode_slice(bytes: &[u8], out: &mut [Self]) -> bool {
                let (wires, rest) = bytes.as_chunks();
                for (item, wire) in out.iter_mut().zip(wires) {
                    *item = $ty::from_le_bytes(*wire);
                }
                rest.is_empty() && wires.len() == out.len()
            }
            #[inline]
            fn decode_array<const N: usize>(bytes: &[u8]) -> Option<[Self; N]> {
                let (wires, []) = bytes.as_chunks() else { return None };
                let wires: &[Self::Wire; N] = wires.try_into().ok()?;
                let mut items = [$ty::default(); N];
                for (item, wire) in items.iter_mut().zip(wires) {
                    *item = $ty::from_le_bytes(*wire);
                }
                Some(items)
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64);

/// `usize` and `isize` have no fixed size: they are refused where they are part of a message or of state. As the
/// result of a transaction, which stays on this machine, they are 64 bits.
macro_rules! words {
    ($($ty:ident as $wide:ident)*) => {$(
        impl Message for $ty {
            type Wire = [u8; 8];
            const FINGERPRINT: u64 = fingerprint(stringify!($ty), &[]);
            fn encode(&self, out: &mut [u8]) {
                (*self as $wide).encode(out);
            }
            fn decode(bytes: &[u8]) -> Option<Self> {
                $wide::decode(bytes)?.try_into().ok()
            }
        }
    )*};
}
words!(usize as u64 isize as i64);

impl Message for () {
    type Wire = [u8; 0];
    const FINGERPRINT: u64 = fingerprint("()", &[]);
    fn encode(&self, _: &mut [u8]) {}
    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl Message for bool {
    type Wire = [u8; 1];
    const FINGERPRINT: u64 = fingerprint("bool", &[]);
    fn encode(&self, out: &mut [u8]) {
        u8::from(*self).encode(out);
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Message for char {
    type Wire = [u8; 4];
    const FINGERPRINT: u64 = fingerprint("char", &[]);
    fn encode(&self, out: &mut [u8]) {
        u32::from(*self).encode(out);
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        char::from_u32(u32::decode(bytes)?)
    }
}

impl Message for Duration {
    type Wire = [u8; 12];
    const FINGERPRINT: u64 = fingerprint("Duration", &[]);
    fn encode(&self, out: &mut [u8]) {
        self.as_secs().encode(&mut out[..8]);
        self.subsec_nanos().encode(&mut out[8..]);
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        let nanos = u32::decode(bytes.get(8..)?)?;
        (nanos < 1_000_000_000).then_some(Self::new(u64::decode(&bytes[..8])?, nanos))
    }
}

impl<T: Message, const N: usize> Message for [T; N] {
    type Wire = [T::Wire; N];
    const FINGERPRINT: u64 = fingerprint("array", &[N as u64, T::FINGERPRINT]);
    #[inline]
    fn encode(&self, out: &mut [u8]) {
        T::encode_all(self, out);
    }
    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        T::decode_array(bytes)
    }
    #[inline]
    fn decode_into(bytes: &[u8], out: &mut Self) -> bool {
        T::decode_slice(bytes, out)
    }
}

impl<T: Message> Message for Option<T> {
    type Wire = Pair<[u8; 1], T::Wire>;
    const FINGERPRINT: u64 = fingerprint("Option", &[T::FINGERPRINT]);
    fn encode(&self, out: &mut [u8]) {
        out[0] = u8::from(self.is_some());
        match self {
            Some(value) => value.encode(&mut out[1..]),
            None => out[1..].fill(0),
        }
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (tag, body) = bytes.split_first()?;
        match tag {
            0 => Some(None),
            1 => T::decode(body).map(Some),
            _ => None,
        }
    }
}

impl<T: Message, E: Message> Message for Result<T, E> {
    // Side by side rather than overlaid: a union of two wires cannot be written generically without unsafe.
    type Wire = Pair<[u8; 1], Pair<T::Wire, E::Wire>>;
    const FINGERPRINT: u64 = fingerprint("Result", &[T::FINGERPRINT, E::FINGERPRINT]);
    fn encode(&self, out: &mut [u8]) {
        out.fill(0);
        match self {
            Ok(value) => value.encode(&mut out[1..=T::SIZE]),
            Err(error) => {
                out[0] = 1;
                error.encode(&mut out[1 + T::SIZE..]);
            }
        }
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::SIZE {
            return None;
        }
        match bytes.first()? {
            0 => T::decode(bytes.get(1..=T::SIZE)?).map(Ok),
            1 => E::decode(bytes.get(1 + T::SIZE..)?).map(Err),
            _ => None,
        }
    }
}

macro_rules! tuples {
    ($(($wire:ty: $($name:ident $index:tt),*))*) => {$(
        impl<$($name: Message),*> Message for ($($name,)*) {
            type Wire = $wire;
            const FINGERPRINT: u64 = fingerprint("tuple", &[$($name::FINGERPRINT),*]);
            fn encode(&self, out: &mut [u8]) {
                let mut at = 0;
                $(self.$index.encode(&mut out[at..at + $name::SIZE]); at += $name::SIZE;)*
                let _ = at;
            }
            fn decode(bytes: &[u8]) -> Option<Self> {
                let mut at = 0;
                let value = ($({
                    let part = $name::decode(bytes.get(at..at + $name::SIZE)?)?;
                    at += $name::SIZE;
                    part
                },)*);
                (at == bytes.len()).then_some(value)
            }
        }
    )*};
}
tuples! {
    (A::Wire: A 0)
    (Pair<A::Wire, B::Wire>: A 0, B 1)
    (Pair<A::Wire, Pair<B::Wire, C::Wire>>: A 0, B 1, C 2)
    (Pair<A::Wire, Pair<B::Wire, Pair<C::Wire, D::Wire>>>: A 0, B 1, C 2, D 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: Message + PartialEq + core::fmt::Debug>(value: T) {
        let mut wire = vec![0xAA; T::SIZE];
        value.encode(&mut wire);
        assert_eq!(T::decode(&wire).as_ref(), Some(&value));
        // Over a value that is another one, where the type has any.
        let mut other = T::decode(&vec![0; T::SIZE]).unwrap_or(T::decode(&wire).unwrap());
        assert!(T::decode_into(&wire, &mut other));
        assert_eq!(Some(&other), Some(&value));
        assert!(T::SIZE == 0 || !T::decode_into(&wire[1..], &mut other));
        wire.push(0);
        assert!(!T::decode_into(&wire, &mut other));
        wire.pop();
        assert_eq!(T::decode(&wire), Some(value));
    }

    #[test]
    fn values_come_back() {
        round(());
        round(-5_i64);
        round('ß');
        round([1_u16, 2, 3]);
        round([[1_u8, 2], [3, 4]]);
        round([0.5_f64, -1.0]);
        round([Some(1_u8), None]);
        round([0_u32; 0]);
        round([(); 3]);
        round((1_u8, true, Some(9_u32), Duration::from_millis(1_500)));
        round(Err::<u64, u8>(3));
        round(Ok::<u64, u8>(3));
    }

    #[test]
    fn bytes_that_are_no_value_are_refused() {
        assert_eq!(bool::decode(&[7]), None);
        assert_eq!(char::decode(&0xD800_u32.to_le_bytes()), None);
        assert_eq!(Option::<u8>::decode(&[2, 0]), None);
        assert_eq!(<[bool; 2]>::decode(&[1, 9]), None);
        assert_eq!(u32::decode(&[1, 2]), None);
        assert_eq!(<[u16; 2]>::decode(&[1, 2, 3]), None);
        assert_eq!(<[u16; 2]>::decode(&[1, 2, 3, 4, 5, 6]), None);
        assert_eq!(<[u8; 2]>::decode(&[1]), None);
        assert_eq!(<[bool; 2]>::decode(&[1]), None);
        let mut flags = [false; 2];
        assert!(!<[bool; 2]>::decode_into(&[1, 9], &mut flags) && flags[0]);
        let mut wire = [0; 12];
        1_000_000_000_u32.encode(&mut wire[8..]);
        assert_eq!(Duration::decode(&wire), None);
    }
}

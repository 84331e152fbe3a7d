//! Padding of `#[plain]` structs, found while compiling: where it is, how much, and how to get rid of it.
//!
//! zerocopy's derive refuses padding too, but knows the number only. [`derives`] has everything that the derives
//! look for in zerocopy, and puts the question about padding to [`Outline`] first.

use crate::konst::Words;

/// A struct whose fields are known by name.
pub trait Outline {
    /// Evaluates if there is no padding.
    const TIGHT: ();
}

/// zerocopy as its derives see it: the same, but a struct with padding says where.
#[doc(hidden)]
pub mod derives {
    pub use crate::__struct_padding as struct_padding;
    pub use zerocopy::*;
}

/// zerocopy's own: whatever happens here, it has the last word on padding.
#[doc(hidden)]
#[macro_export]
macro_rules! __struct_padding {
    ($struct:ty, $($rest:tt)*) => {{
        let () = <$struct as $crate::__private::Outline>::TIGHT;
        $crate::__private::original::struct_padding!($struct, $($rest)*)
    }};
}

/// A field: its name and layout.
#[derive(Clone, Copy)]
pub struct Part {
    name: &'static str,
    size: usize,
    align: usize,
}

impl Part {
    /// The field `name` of type `T`.
    pub const fn of<T>(name: &'static str) -> Self {
        Self { name, size: size_of::<T>(), align: align_of::<T>() }
    }

    const fn is_named(&self) -> bool {
        !self.name.as_bytes()[0].is_ascii_digit()
    }
}

/// A `repr(C)` struct: its fields in order.
pub struct Frame<const N: usize> {
    name: &'static str,
    parts: [Part; N],
    align: usize,
}

impl<const N: usize> Frame<N> {
    /// A struct with these fields, whose `repr` says `packed(pack)` or `align(align)`; 0 for neither.
    pub const fn new(name: &'static str, mut parts: [Part; N], pack: usize, align: usize) -> Self {
        let mut whole = if align == 0 { 1 } else { align };
        let mut i = 0;
        while i < N {
            if pack != 0 && parts[i].align > pack {
                parts[i].align = pack;
            }
            if parts[i].align > whole {
                whole = parts[i].align;
            }
            i += 1;
        }
        Self { name, parts, align: whole }
    }

    /// The field after field `at`, which follows it without a gap.
    ///
    /// # Panics
    /// While compiling, where there is one.
    #[track_caller]
    pub const fn tight(&self, at: usize) -> usize {
        let mut end = 0_usize;
        let mut i = 0;
        while i <= at {
            end = end.next_multiple_of(self.parts[i].align) + self.parts[i].size;
            i += 1;
        }
        let last = at + 1 == N;
        let align = if last { self.align } else { self.parts[at + 1].align };
        let gap = end.next_multiple_of(align) - end;
        if gap != 0 {
            let words = bytes(Words::new().text("`").text(self.name).text("` has "), gap);
            let words = words.text(" of padding after `").text(self.parts[at].name);
            let words = if last {
                words.text("`, for its size is a multiple of ")
            } else {
                words.text("`, for `").text(self.parts[at + 1].name).text("` lies at a multiple of ")
            };
            panic!("{}", self.remedy(words.number(align).text(": ")).as_str());
        }
        at + 1
    }

    /// The largest alignment first leaves no gap but at the end, for sizes are multiples of alignments.
    const fn remedy(&self, mut words: Words) -> Words {
        let (order, moved) = self.order();
        let mut sum = 0;
        let mut has_pad = false;
        let mut i = 0;
        while i < N {
            sum += self.parts[i].size;
            has_pad |= crate::konst::same(self.parts[i].name, "pad");
            i += 1;
        }
        let rest = sum.next_multiple_of(self.align) - sum;
        if moved {
            words = words.text("put the fields in the order ");
            let mut i = 0;
            while i < N {
                words =
                    words.text(if i == 0 { "`" } else { ", `" }).text(self.parts[order[i]].name).text("`");
                i += 1;
            }
        }
        if rest == 0 {
            return words;
        }
        words = words.text(if moved { ", then add " } else { "add " });
        words = words.text(match (self.parts[0].is_named(), has_pad) {
            (false, _) => "`[u8; ",
            (true, false) => "`pad: [u8; ",
            (true, true) => "`pad_end: [u8; ",
        });
        words.number(rest).text("]` at the end")
    }

    /// The fields by falling alignment, those of the same one as they stand; whether that is another order.
    const fn order(&self) -> ([usize; N], bool) {
        let mut order = [0; N];
        let (mut taken, mut moved, mut align) = (0, false, 1 << 29);
        while align > 0 {
            let mut i = 0;
            while i < N {
                if self.parts[i].align == align {
                    order[taken] = i;
                    moved |= taken != i;
                    taken += 1;
                }
                i += 1;
            }
            align /= 2;
        }
        (order, moved)
    }
}

const fn bytes(words: Words, count: usize) -> Words {
    words.number(count).text(if count == 1 { " byte" } else { " bytes" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<const N: usize>(frame: &Frame<N>) -> Option<String> {
        (0..N).find_map(|at| {
            let panic = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| frame.tight(at))).err()?;
            panic.downcast_ref::<String>().cloned()
        })
    }

    fn frame<const N: usize>(
        parts: [(&'static str, usize, usize); N],
        pack: usize,
        align: usize,
    ) -> Frame<N> {
        Frame::new("Account", parts.map(|(name, size, align)| Part { name, size, align }), pack, align)
    }

    #[test]
    fn the_order_that_leaves_no_gap_is_named() {
        let said = |parts| said(&frame(parts, 0, 0)).unwrap();
        assert_eq!(
            said([("open", 1, 1), ("cents", 8, 8), ("owner", 4, 4)]),
            "`Account` has 7 bytes of padding after `open`, for `cents` lies at a multiple of 8: \
             put the fields in the order `cents`, `owner`, `open`, then add `pad: [u8; 3]` at the end"
        );
        assert_eq!(
            said([("a", 2, 2), ("b", 4, 4), ("c", 2, 2)]),
            "`Account` has 2 bytes of padding after `a`, for `b` lies at a multiple of 4: \
             put the fields in the order `b`, `a`, `c`"
        );
    }

    #[test]
    fn a_gap_at_the_end_needs_no_other_order() {
        assert_eq!(
            said(&frame([("owner", 4, 4), ("pad", 3, 1)], 0, 0)).unwrap(),
            "`Account` has 1 byte of padding after `pad`, for its size is a multiple of 4: \
             add `pad_end: [u8; 1]` at the end"
        );
        assert!(
            said(&frame([("0", 4, 4), ("1", 1, 1)], 0, 0)).unwrap().ends_with(": add `[u8; 3]` at the end")
        );
        assert!(
            said(&frame([("owner", 4, 4)], 0, 16)).unwrap().contains("a multiple of 16: add `pad: [u8; 12]`")
        );
    }

    #[test]
    fn what_is_tight_passes() {
        assert_eq!(said(&frame([("cents", 8, 8), ("owner", 4, 4), ("flags", 4, 1)], 0, 0)), None);
        assert_eq!(said(&frame([("open", 2, 1), ("cents", 8, 8)], 2, 0)), None);
        assert_eq!(said(&frame([("nothing", 0, 8), ("cents", 8, 8)], 0, 0)), None);
    }
}

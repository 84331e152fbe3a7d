//! What changes of maps and buffers cost, in bytes of record, as the documentation of `perennial::collections` says,
//! with ten rows and with a million.

use perennial::prelude::*;

macro_rules! costs {
    ($name:ident, $rows:expr, $filled:expr) => {
        #[daemon(mem = "256MiB", record = "64KiB")]
        struct $name {
            map: Map<u64, u64, { $rows }>,
            ordered: OrderedMap<u64, u64, { $rows }>,
            buffer: Buffer<{ 100 * $rows }>,
        }

        impl $name {
            /// Bytes of record for each change.
            fn costs() -> Vec<(&'static str, usize)> {
                let mut them = Scratch::<Self>::new();
                let mut rows = Vec::new();
                macro_rules! cost {
                    ($what:literal, $s:ident, $change:expr) => {
                        them.update(|$s| {
                            $change?;
                            Ok::<_, CollectionError>(())
                        })
                        .unwrap_or_else(|error| panic!("{}: {error}", $what));
                        rows.push(($what, them.record_used()));
                    };
                }
                them.update(|s| s.map.insert(u64::MAX, 0)).unwrap();
                for key in 0..$filled {
                    cost!("Map::insert", s, s.map.insert(key, 1));
                    cost!("Map::update", s, s.map.update(&key, |value| *value += 1));
                    cost!("OrderedMap::insert", s, s.ordered.insert(key, 1));
                    cost!("OrderedMap::update", s, s.ordered.update(&key, |value| *value += 1));
                }
                for key in 0..$filled - 1 {
                    // In an order that has nothing to do with that of insertion.
                    let key = key * 7919 % $filled;
                    cost!("Map::remove", s, s.map.remove(&key).ok_or(CollectionError::Full));
                    cost!("OrderedMap::remove", s, s.ordered.remove(&key).ok_or(CollectionError::Full));
                }
                cost!("Map::clear", s, s.map.clear());
                cost!("OrderedMap::clear", s, s.ordered.clear());
                cost!("Buffer::extend_from_slice", s, s.buffer.extend_from_slice(&[1; 300]));
                cost!("Buffer::write", s, s.buffer.write(10, &[1]));
                cost!("Buffer::fill", s, s.buffer.fill(0..300, |_| 300));
                cost!("Buffer::clear", s, s.buffer.clear());
                rows
            }
        }
    };
}
costs!(Small, 10, 9);
costs!(Large, 1 << 20, 2000);

/// The numbers that the page says for a change.
fn said(what: &str) -> Vec<usize> {
    let page = include_str!("../../src/collections/mod.rs");
    let row = page.lines().find(|line| line.starts_with(&format!("//! | `{what}`")));
    let said = row.and_then(|row| row.rsplit('|').nth(1)).expect("a row of the table");
    said.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn costs_are_as_documented_with_few_rows_and_with_many() {
    for (what, bytes) in Small::costs().into_iter().chain(Large::costs()) {
        let said = said(what);
        let holds = match (what, said.as_slice()) {
            ("Map::remove", [least, most]) => (least..=most).contains(&&bytes),
            // The tree of 2000 keys has four levels at most; on each one node may be split or joined, of which two
            // slots are written and no more than eight keys.
            ("OrderedMap::insert" | "OrderedMap::remove", [fixed, slots, key]) => {
                let more = bytes.checked_sub(*fixed);
                more.is_some_and(|more| more.is_multiple_of(*key) && more <= 4 * (2 * slots + 8 * key))
            }
            ("Buffer::extend_from_slice", [head, padding, grain, len]) => {
                (head + 2 * grain + len..=head + padding + 2 * grain + len).contains(&bytes)
            }
            ("Buffer::write", [head, padding, grain]) => {
                (head + grain..=head + padding + grain).contains(&bytes)
            }
            ("Buffer::fill", [head, padding, grain]) => {
                (head + 2 * grain..=head + padding + 2 * grain).contains(&bytes)
            }
            (_, [number]) => bytes == *number,
            _ => false,
        };
        assert!(holds, "{what} takes {bytes} bytes, the page says {said:?}");
    }
}

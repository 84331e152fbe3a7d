//! What changes cost, in bytes of record, as the documentation of `perennial::collections` says: the same in a
//! collection of ten rows and in one of a million.

use perennial::prelude::*;

macro_rules! costs {
    ($name:ident, $rows:expr) => {
        #[daemon(mem = "256MiB", record = "64KiB")]
        struct $name {
            array: Array<u64, { $rows }>,
            vector: Vector<u64, { $rows }>,
            queue: Queue<u64, { $rows }>,
            pool: Pool<u64, { $rows }>,
            bits: Bitmap<{ $rows }, { bitmap_words($rows) }>,
            histogram: Histogram<1920>,
        }

        impl $name {
            /// Bytes of record for each line of the table.
            fn costs() -> Vec<(&'static str, usize)> {
                let mut them = Scratch::<Self>::new();
                let mut rows = Vec::new();
                macro_rules! cost {
                    ($what:literal, $s:ident, $change:expr) => {
                        them.update(|$s| {
                            $change?;
                            Ok::<_, CollectionError>(())
                        })
                        .unwrap();
                        rows.push(($what, them.record_used()));
                    };
                }
                cost!("Array::set", s, s.array.set($rows - 1, 1));
                cost!("Vector::push", s, s.vector.push(1));
                cost!("Vector::push", s, s.vector.push(1));
                cost!("Vector::set", s, s.vector.set(1, 2));
                cost!("Vector::swap_remove", s, s.vector.swap_remove(0).ok_or(CollectionError::Full));
                cost!("Vector::pop", s, s.vector.pop().ok_or(CollectionError::Full));
                cost!("Vector::clear", s, s.vector.clear());
                cost!("Queue::push_back", s, s.queue.push_back(1));
                cost!("Queue::pop_front", s, s.queue.pop_front().ok_or(CollectionError::Full));
                cost!("Pool::insert", s, s.pool.insert(1));
                cost!("Pool::insert_for", s, s.pool.insert_for(7, 1));
                cost!("Pool::insert_for", s, s.pool.insert_for(7, 1));
                let slot = them.state().pool.owned_by(7).last().unwrap().0;
                cost!("Pool::set", s, s.pool.set(slot, 2));
                cost!("Pool::remove", s, s.pool.remove(slot));
                cost!("Pool::insert_for", s, s.pool.insert_for(7, 1));
                cost!("Pool::release_owned_by", s, s.pool.release_owned_by(7));
                cost!("Pool::clear", s, s.pool.clear());
                cost!("Bitmap::set first", s, s.bits.set(0));
                cost!("Bitmap::set", s, s.bits.set(1));
                cost!("Histogram::record", s, s.histogram.record(1000));
                cost!("Histogram::reset", s, s.histogram.reset());
                rows
            }
        }
    };
}
costs!(Small, 10);
costs!(Large, 1 << 20);

#[test]
fn a_change_costs_the_same_in_a_large_collection() {
    let (small, large) = (Small::costs(), Large::costs());
    assert_eq!(small.len(), large.len());
    for (small, large) in small.iter().zip(&large) {
        // The first bit of a word is noted in each level of summaries, of which only a large bitmap has any.
        let summaries = if *small == ("Bitmap::set first", 64) { 3 * 32 } else { 0 };
        assert_eq!((small.0, small.1 + summaries), *large);
    }
}

#[test]
fn costs_are_as_documented() {
    let page = include_str!("../../src/collections/mod.rs");
    for (what, bytes) in Large::costs() {
        let name = what.split(' ').next().unwrap_or_default();
        let row = page.lines().find(|line| line.starts_with(&format!("//! | `{name}`")));
        let said = row.and_then(|row| row.rsplit('|').nth(1)).expect("a row of the table");
        let numbers: Vec<usize> = said.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
        let holds = match (name, numbers.as_slice()) {
            ("Pool::remove", [least, most]) => (least..=most).contains(&&bytes),
            ("Pool::release_owned_by", [once, each]) => bytes == once + 2 * each,
            ("Bitmap::set", [word, summary]) => bytes >= *word && (bytes - word).is_multiple_of(*summary),
            _ => numbers.contains(&bytes),
        };
        assert!(holds, "{what} takes {bytes} bytes, the page says {said}");
    }
}

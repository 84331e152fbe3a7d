//! Blocks over a plain buffer, against a model. Processes are the business of the integration
//! tests, because the heap of this test binary is the system's.

use core::ptr::NonNull;

use proptest::prelude::*;

use super::blocks::{self, Lists};
use super::header::Header;

const KEY: u16 = 0x5eed;

/// Memory full of garbage with lists laid into it.
struct Region {
    memory: Vec<u128>,
    lists: NonNull<Lists>,
    fixed: usize,
    used: usize,
}

impl Region {
    fn new(bytes: usize, skew: usize) -> Option<Self> {
        let mut memory = vec![u128::MAX / 3; bytes / 16 + 16];
        let base = NonNull::new(memory.as_mut_ptr().cast::<u8>()).expect("a vector's pointer");
        // SAFETY: the vector has 256 bytes more than asked for, and is not touched otherwise.
        let laid = unsafe { blocks::lay(base.add(skew % 64), bytes) }?;
        Some(Self { memory, lists: laid.lists, fixed: laid.fixed, used: laid.fixed })
    }

    fn lists(&mut self) -> &mut Lists {
        // SAFETY: laid into memory that `self` owns.
        unsafe { self.lists.as_mut() }
    }

    fn allocate(&mut self, size: usize, align: usize) -> Option<NonNull<u8>> {
        let (ptr, header) = blocks::allocate(self.lists(), size, align, KEY)?;
        self.used += blocks::footprint(header);
        let range = self.memory.as_ptr_range();
        assert!(ptr.as_ptr().cast_const() >= range.start.cast());
        assert!(ptr.as_ptr().wrapping_add(size).cast_const() <= range.end.cast());
        Some(ptr)
    }

    fn release(&mut self, ptr: NonNull<u8>) {
        // SAFETY: the tests free only what is live; `read` proves it.
        unsafe {
            let header = Header::read(ptr).expect("a live block");
            self.used -= blocks::footprint(header);
            blocks::release(self.lists(), ptr, header);
        }
    }

    fn resize(&mut self, ptr: NonNull<u8>, align: usize, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: as for `release`.
        unsafe {
            let header = Header::read(ptr).expect("a live block");
            let (moved, now) = blocks::resize(self.lists(), ptr, header, align, size)?;
            self.used = self.used + blocks::footprint(now) - blocks::footprint(header);
            Some(moved)
        }
    }

    /// Nearly everything can be had in one piece again.
    fn assert_whole(&mut self, bytes: usize) {
        assert_eq!(self.used, self.fixed, "bytes are missing");
        let most = (bytes - self.fixed) * 15 / 16 - 64;
        let ptr = self.allocate(most, 16).expect("the free spans have not become one again");
        self.release(ptr);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Allocate { size: usize, align: u32 },
    Release { which: usize },
    Resize { which: usize, size: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = || prop_oneof![4 => 0_usize..200, 2 => 200_usize..5_000, 1 => 5_000_usize..100_000];
    let align = prop_oneof![6 => Just(4_u32), 1 => 0_u32..=12];
    let step = prop_oneof![
        4 => (size(), align).prop_map(|(size, align)| Step::Allocate { size, align }),
        3 => any::<usize>().prop_map(|which| Step::Release { which }),
        2 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Resize { which, size }),
    ];
    prop::collection::vec(step, 1..400)
}

/// What the test knows of a block: every byte has the block's own number.
struct Model {
    ptr: NonNull<u8>,
    size: usize,
    align: usize,
    mark: u8,
}

impl Model {
    fn fill(&self) {
        // SAFETY: a live block of this size.
        unsafe { self.ptr.write_bytes(self.mark, self.size) }
    }

    fn check(&self, bytes: usize) {
        assert!(self.ptr.addr().get().is_multiple_of(self.align.max(16)));
        // SAFETY: a live block, written by `fill`.
        let content = unsafe { core::slice::from_raw_parts(self.ptr.as_ptr(), bytes) };
        assert!(content.iter().all(|byte| *byte == self.mark), "a block was overwritten");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn blocks_keep_their_content_and_give_everything_back(
        steps in steps(),
        bytes in 8_192_usize..400_000,
        skew in 0_usize..64,
    ) {
        let mut region = Region::new(bytes, skew).expect("room for the lists");
        let mut live: Vec<Model> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let mark = number as u8;
            match step {
                Step::Allocate { size, align } => {
                    let align = 1 << align;
                    if let Some(ptr) = region.allocate(size, align) {
                        live.push(Model { ptr, size, align, mark });
                        live[live.len() - 1].fill();
                    }
                }
                Step::Release { which } if !live.is_empty() => {
                    let block = live.swap_remove(which % live.len());
                    block.check(block.size);
                    region.release(block.ptr);
                }
                Step::Resize { which, size } if !live.is_empty() => {
                    let index = which % live.len();
                    let block = &mut live[index];
                    if let Some(ptr) = region.resize(block.ptr, block.align, size) {
                        let kept = block.size.min(size);
                        block.ptr = ptr;
                        block.size = size;
                        block.check(kept);
                        block.mark = mark;
                        block.fill();
                    } else {
                        block.check(block.size);
                    }
                }
                _ => {}
            }
            prop_assert!(region.used <= bytes);
        }
        for block in live.drain(..) {
            block.check(block.size);
            region.release(block.ptr);
        }
        region.assert_whole(bytes);
    }
}

#[test]
fn a_full_region_refuses_and_recovers() {
    const BYTES: usize = 64 << 10;
    let mut region = Region::new(BYTES, 0).expect("room for the lists");
    for size in [0, 1, 16, 64, 500, 4096, 20_000] {
        let mut blocks = Vec::new();
        while let Some(ptr) = region.allocate(size, 16) {
            blocks.push(ptr);
        }
        assert!(!blocks.is_empty());
        assert!(region.allocate(BYTES, 16).is_none());
        // What is left is less than a block and the class that the search passes over.
        let block = (size + 32).next_multiple_of(32);
        assert!(BYTES - region.used < block + block / 8 + 32, "{size}: stopped too early");
        for (index, ptr) in blocks.iter().enumerate() {
            if index % 2 == 0 {
                region.release(*ptr);
            }
        }
        for (index, ptr) in blocks.iter().enumerate() {
            if index % 2 == 1 {
                region.release(*ptr);
            }
        }
        region.assert_whole(BYTES);
    }
}

#[test]
fn absurd_requests_are_refused() {
    let mut region = Region::new(64 << 10, 0).expect("room for the lists");
    for size in [usize::MAX, usize::MAX - 15, isize::MAX as usize, 1 << 48, 1 << 40] {
        assert!(region.allocate(size, 16).is_none());
        assert!(region.allocate(size, 4096).is_none());
    }
    assert!(region.allocate(8, 1 << 62).is_none());
    assert!(region.allocate(8, 1 << 63).is_none());
    let ptr = region.allocate(8, 16).expect("room");
    assert!(region.resize(ptr, 16, usize::MAX).is_none());
    assert!(region.resize(ptr, 16, 1 << 40).is_none());
    region.release(ptr);
    region.assert_whole(64 << 10);
}

#[test]
fn memory_too_small_for_the_lists_is_refused() {
    let smallest = (0..8192).find(|bytes| Region::new(*bytes, 0).is_some()).expect("some size");
    assert!(smallest <= 4096, "{smallest}");
    for bytes in smallest..smallest + 256 {
        let mut region = Region::new(bytes, 7).or_else(|| Region::new(bytes, 0)).expect("room");
        while region.allocate(1, 16).is_some() {}
    }
}

#[test]
fn a_header_is_valid_only_where_it_was_written_and_while_it_lives() {
    let mut region = Region::new(64 << 10, 0).expect("room for the lists");
    let (first, second) = (region.allocate(100, 16).unwrap(), region.allocate(100, 16).unwrap());
    // SAFETY: all places read or written lie in the region.
    unsafe {
        assert_eq!(Header::read(first).expect("live").size(), 100);
        assert_eq!(Header::read(first).expect("live").key(), KEY);
        for distance in 1..100 {
            assert!(Header::read(first.add(distance)).is_none());
        }
        // A copy of a header in another place is not valid there.
        let copy = first.sub(16).cast::<[u8; 16]>().read();
        first.add(32).cast::<[u8; 16]>().write(copy);
        assert!(Header::read(first.add(48)).is_none());
        // Neither is one of which any bit has changed.
        for bit in 0..128 {
            let byte = second.sub(16).add(bit / 8);
            byte.write(byte.read() ^ 1 << (bit % 8));
            assert!(Header::read(second).is_none(), "bit {bit}");
            byte.write(byte.read() ^ 1 << (bit % 8));
        }
    }
    // Freed alone, and freed beside a free neighbour, which leaves the old header in place.
    for ptr in [first, second] {
        region.release(ptr);
        // SAFETY: still in the region.
        assert!(unsafe { Header::read(ptr) }.is_none());
    }
}

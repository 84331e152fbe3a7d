//! Blocks with headers, cut from TLSF lists.
//!
//! TLSF finds, cuts and merges in constant time, whatever the history: allocation cannot become
//! slow in a process that is supervised by a deadline. The lists know nothing but the memory that
//! they are given, so they can lie in it and be made anew by clearing one page.

use core::alloc::Layout;
use core::ptr::NonNull;

use rlsf::{GRANULARITY, Tlsf};

use super::header::{HEADER, Header, MAX_SIZE};

/// Free lists for blocks below 8 GiB, sixteen to each power of two, so that at most a seventeenth
/// of a block is passed over. Together they are a little smaller than a page.
pub(super) type Lists = Tlsf<'static, u32, u16, 28, 16>;

/// What the lists themselves put in front of a block.
const LINK: usize = GRANULARITY / 2;

/// The lists, page aligned or not, must fit beside the mark that ends the memory in one page.
const _: () = assert!(size_of::<Lists>() + GRANULARITY + 64 <= 4096);

/// Lists laid into memory.
pub(super) struct Laid {
    pub(super) lists: NonNull<Lists>,
    /// Bytes of the memory that can never be part of a block.
    pub(super) fixed: usize,
}

/// Makes empty lists at the end of `bytes` bytes at `base` and gives them the rest. At the end,
/// because the lists of a single span mark its end: both lie in one page, and a process that
/// allocates little touches two pages in all.
///
/// # Safety
/// The memory is writable, and nothing else uses it as long as the lists are used.
pub(super) unsafe fn lay(base: NonNull<u8>, bytes: usize) -> Option<Laid> {
    let start = base.addr().get().checked_next_multiple_of(GRANULARITY)?;
    let end = base.addr().get().checked_add(bytes)?;
    let place = end.checked_sub(size_of::<Lists>())? & !63;
    let span = place.checked_sub(start)? & !(GRANULARITY - 1);
    if span < 2 * GRANULARITY {
        return None;
    }
    let lists = base.with_addr(place.try_into().ok()?).cast::<Lists>();
    let span_base = base.with_addr(start.try_into().ok()?);
    // SAFETY: `start .. start + span` and the lists behind it lie in the memory that the caller
    // gave, and do not overlap; `place` is aligned to 64 bytes.
    unsafe {
        lists.write(Lists::new());
        (*lists.as_ptr()).insert_free_block_ptr(NonNull::slice_from_raw_parts(span_base, span))?;
    }
    Some(Laid { lists, fixed: bytes - (span - GRANULARITY) })
}

/// Bytes of memory that a block takes with everything around it. The lists round to their
/// granularity and give the rest back, so this is exact.
#[inline]
pub(super) fn footprint(header: Header) -> usize {
    (LINK + HEADER + header.offset() + header.size()).next_multiple_of(GRANULARITY)
}

/// How much fresh memory certainly suffices for a block.
pub(super) fn room_for(size: usize, align: usize) -> Option<usize> {
    let block = size.checked_add(align)?.checked_add(HEADER + LINK)?;
    // The lists look for a span one class above what is needed.
    block.checked_add(block / 16)?.checked_add(4 * GRANULARITY)
}

/// Allocates `size` bytes at an address divisible by `align`, a power of two.
#[inline]
pub(super) fn allocate(
    lists: &mut Lists,
    size: usize,
    align: usize,
    key: u16,
) -> Option<(NonNull<u8>, Header)> {
    if size > MAX_SIZE {
        return None;
    }
    if align > HEADER {
        return allocate_aligned(lists, size, align, key);
    }
    let block = lists.allocate(layout(0, size)?)?;
    // SAFETY: the block has `HEADER + size` bytes and is aligned to `HEADER`.
    unsafe {
        let ptr = block.add(HEADER);
        let header = Header::new(ptr, size, 0, key);
        header.write(ptr);
        Some((ptr, header))
    }
}

#[cold]
fn allocate_aligned(lists: &mut Lists, size: usize, align: usize, key: u16) -> Option<(NonNull<u8>, Header)> {
    let slack = align - HEADER;
    if slack / HEADER > u32::MAX as usize {
        return None;
    }
    let block = lists.allocate(layout(slack, size)?)?;
    let first = block.addr().get() + HEADER;
    let offset = first.next_multiple_of(align) - first;
    // SAFETY: `offset` is at most `slack`, so the block has room for all of it; it was allocated
    // with this alignment, and becomes smaller, which the lists always do in place.
    unsafe {
        let block = match layout(offset, size) {
            Some(exact) if offset < slack => lists.reallocate(block, exact).unwrap_or(block),
            _ => block,
        };
        let ptr = block.add(HEADER + offset);
        let header = Header::new(ptr, size, offset, key);
        header.write(ptr);
        Some((ptr, header))
    }
}

/// Frees the block at `ptr`.
///
/// # Safety
/// `header` was just read from `ptr`, which these lists gave out and nobody uses any more.
#[inline]
pub(super) unsafe fn release(lists: &mut Lists, ptr: NonNull<u8>, header: Header) {
    // SAFETY: the header says where the block starts, as `allocate` left it; blocks are always
    // allocated with an alignment of `HEADER`.
    unsafe {
        Header::erase(ptr);
        lists.deallocate(ptr.sub(HEADER + header.offset()), HEADER);
    }
}

/// Makes the block at `ptr` hold `size` bytes, moving it if need be; `None` if the lists have no
/// room, or could not keep the alignment without a copy: then nothing has changed.
///
/// # Safety
/// As for [`release`]; afterwards only the returned pointer is used.
pub(super) unsafe fn resize(
    lists: &mut Lists,
    ptr: NonNull<u8>,
    header: Header,
    align: usize,
    size: usize,
) -> Option<(NonNull<u8>, Header)> {
    if size > MAX_SIZE || (align > HEADER && size > header.size()) {
        return None;
    }
    let offset = header.offset();
    let wanted = layout(offset, size)?;
    // SAFETY: as in `release`. The header is erased first, because the old place may become part of
    // a free span where a stale one would pass for a block; if nothing moved it is put back.
    unsafe {
        Header::erase(ptr);
        if let Some(block) = lists.reallocate(ptr.sub(HEADER + offset), wanted) {
            let moved = block.add(HEADER + offset);
            let header = Header::new(moved, size, offset, header.key());
            header.write(moved);
            Some((moved, header))
        } else {
            header.write(ptr);
            None
        }
    }
}

#[inline]
fn layout(offset: usize, size: usize) -> Option<Layout> {
    let bytes = size.checked_add(offset)?.checked_add(HEADER)?;
    Layout::from_size_align(bytes, HEADER).ok()
}

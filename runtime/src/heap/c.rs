//! `malloc` and its family, with the meanings that glibc documents. [`c_heap!`](crate::__c_heap)
//! defines the symbols in the final binary, where they take the place of glibc's for the program,
//! its libraries and glibc itself.

use crate::hot::HOT;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

/// What every block is aligned to: enough for `max_align_t`.
const ALIGN: usize = 16;

/// `malloc`. Zero bytes give a pointer of their own.
#[inline]
pub fn malloc(size: usize) -> *mut c_void {
    allocate(size, ALIGN)
}

/// `calloc`.
#[inline]
pub fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(bytes) = count.checked_mul(size) else {
        return no_memory();
    };
    let block = allocate(bytes, ALIGN);
    if !block.is_null() {
        // SAFETY: the block is at least this large and nobody else has it.
        unsafe { block.cast::<u8>().write_bytes(0, bytes) };
    }
    block
}

/// `realloc`. Zero bytes free the block, as in glibc.
///
/// # Safety
/// `block` is null or was given out by this family and is not used afterwards, unless the answer
/// is null and `size` is not zero.
#[inline]
pub unsafe fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let Some(old) = NonNull::new(block.cast::<u8>()) else {
        return malloc(size);
    };
    // SAFETY: by the contract; the size of the block stands in its header.
    unsafe {
        if size == 0 {
            HOT.heap.release(old);
            return ptr::null_mut();
        }
        or_no_memory(HOT.heap.resize(old, None, ALIGN, size))
    }
}

/// `reallocarray`.
///
/// # Safety
/// As for [`realloc`].
#[inline]
pub unsafe fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: by the contract.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => no_memory(),
    }
}

/// `free`. Keeps `errno`.
///
/// # Safety
/// `block` is null or was given out by this family and is not used afterwards.
#[inline]
pub unsafe fn free(block: *mut c_void) {
    if let Some(block) = NonNull::new(block.cast::<u8>()) {
        // SAFETY: by the contract.
        unsafe { HOT.heap.release(block) }
    }
}

/// `posix_memalign`. Answers the error and leaves `errno` as it is.
///
/// # Safety
/// `result` is writable.
#[inline]
pub unsafe fn posix_memalign(result: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<*mut c_void>()) {
        return libc::EINVAL;
    }
    let block = HOT.heap.allocate(size.max(1), align.max(ALIGN));
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: by the contract.
    unsafe { result.write(block.cast()) };
    0
}

/// `aligned_alloc`. An alignment that is no power of two is an error.
#[inline]
pub fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if align.is_power_of_two() { allocate(size, align) } else { fail(libc::EINVAL) }
}

/// `memalign`. An alignment that is no power of two is rounded up to one.
#[inline]
pub fn memalign(align: usize, size: usize) -> *mut c_void {
    match align.checked_next_power_of_two() {
        Some(align) => allocate(size, align),
        None => fail(libc::EINVAL),
    }
}

/// `valloc`: aligned to a page.
#[inline]
pub fn valloc(size: usize) -> *mut c_void {
    allocate(size, page())
}

/// `pvalloc`: whole pages.
#[inline]
pub fn pvalloc(size: usize) -> *mut c_void {
    match size.max(1).checked_next_multiple_of(page()) {
        Some(size) => allocate(size, page()),
        None => no_memory(),
    }
}

/// `malloc_usable_size`: here exactly what was asked for.
///
/// # Safety
/// `block` is null or was given out by this family and not freed.
#[inline]
pub unsafe fn malloc_usable_size(block: *mut c_void) -> usize {
    match NonNull::new(block.cast::<u8>()) {
        // SAFETY: by the contract.
        Some(block) => unsafe { HOT.heap.size_of(block) },
        None => 0,
    }
}

#[inline]
fn allocate(size: usize, align: usize) -> *mut c_void {
    or_no_memory(HOT.heap.allocate(size.max(1), align.max(ALIGN)))
}

fn page() -> usize {
    // SAFETY: reads a constant of the system.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

#[inline]
fn or_no_memory(block: *mut u8) -> *mut c_void {
    if block.is_null() { no_memory() } else { block.cast() }
}

#[cold]
fn no_memory() -> *mut c_void {
    fail(libc::ENOMEM)
}

fn fail(error: c_int) -> *mut c_void {
    // SAFETY: the place of `errno` is valid in every thread.
    unsafe { *libc::__errno_location() = error };
    ptr::null_mut()
}

/// Defines the C symbols. To be expanded once, in the final binary.
#[doc(hidden)]
#[macro_export]
macro_rules! __c_heap {
    () => {
        const _: () = {
            use ::core::ffi::{c_int, c_void};
            use $crate::heap::c;

            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
                c::malloc(size)
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
                c::calloc(count, size)
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
                // SAFETY: C's contract of `realloc`.
                unsafe { c::realloc(block, size) }
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn reallocarray(
                block: *mut c_void,
                count: usize,
                size: usize,
            ) -> *mut c_void {
                // SAFETY: C's contract of `reallocarray`.
                unsafe { c::reallocarray(block, count, size) }
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn free(block: *mut c_void) {
                // SAFETY: C's contract of `free`.
                unsafe { c::free(block) }
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn posix_memalign(
                result: *mut *mut c_void,
                align: usize,
                size: usize,
            ) -> c_int {
                // SAFETY: C's contract of `posix_memalign`.
                unsafe { c::posix_memalign(result, align, size) }
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
                c::aligned_alloc(align, size)
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
                c::memalign(align, size)
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn valloc(size: usize) -> *mut c_void {
                c::valloc(size)
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn pvalloc(size: usize) -> *mut c_void {
                c::pvalloc(size)
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
                // SAFETY: C's contract of `malloc_usable_size`.
                unsafe { c::malloc_usable_size(block) }
            }
        };
    };
}

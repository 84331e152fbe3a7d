//! The heap before the seal: it serves everything from the loader's first call, and threads.

mod heap_support;

use std::collections::HashMap;
use std::ffi::c_void;

use perennial::heap;

#[global_allocator]
static HEAP: perennial::__private::Heap = perennial::__private::Heap::new();
perennial::__private::c_heap!();

fn main() {
    heap_support::main(&[
        ("nothing_ever_came_from_glibc", nothing_ever_came_from_glibc),
        ("one_heap_serves_rust_and_c", one_heap_serves_rust_and_c),
        ("threads_share_the_heap", threads_share_the_heap),
        ("sizes_beyond_a_chunk", sizes_beyond_a_chunk),
        ("refused_by_the_kernel", refused_by_the_kernel),
        ("c_corner_cases", c_corner_cases),
    ]);
}

fn nothing_ever_came_from_glibc() {
    // Things that make glibc allocate inside itself.
    // SAFETY: plain calls with valid arguments.
    unsafe {
        libc::setlocale(libc::LC_ALL, c"".as_ptr());
        let file = libc::fopen(c"/proc/self/stat".as_ptr(), c"r".as_ptr());
        assert!(!file.is_null());
        let (mut line, mut room) = (std::ptr::null_mut(), 0);
        assert!(libc::getline(&raw mut line, &raw mut room, file) > 0);
        assert_eq!(libc::malloc_usable_size(line.cast()), room, "the line is not ours");
        libc::free(line.cast());
        libc::fclose(file);
        if cfg!(target_feature = "crt-static") {
            // There is nothing to look up, and glibc takes its first thread's storage from `brk`.
            return;
        }
        let names: Vec<*mut c_void> = [c"malloc", c"calloc", c"realloc", c"free", c"memalign"]
            .iter()
            .map(|name| libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()))
            .collect();
        assert_eq!(names[0], libc::malloc as *mut c_void);
        assert_eq!(names[3], libc::free as *mut c_void);
        for name in names {
            let mut info: libc::Dl_info = std::mem::zeroed();
            assert_ne!(libc::dladdr(name, &raw mut info), 0);
            let file = std::ffi::CStr::from_ptr(info.dli_fname).to_string_lossy();
            assert!(!file.contains("libc.so"), "{file}");
        }
    }
    std::thread::spawn(|| drop(vec![1; 1000])).join().expect("thread");
    // glibc's first allocation would have made this mapping.
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    assert!(!maps.contains("[heap]"), "{maps}");
}

fn one_heap_serves_rust_and_c() {
    let before = heap::usage();
    let boxed = Box::new([0_u8; 1000]);
    // SAFETY: freed once.
    let block = unsafe { libc::malloc(1000) };
    let both = heap::usage();
    assert!(both.used - before.used >= 2000 && both.used - before.used <= 2000 + 4 * 64);
    assert!(both.used <= both.limit && both.peak >= both.used);
    drop(boxed);
    // SAFETY: from `malloc`.
    unsafe { libc::free(block) };
    assert_eq!(heap::usage().used, before.used);
}

fn threads_share_the_heap() {
    let before = heap::usage().used;
    let threads: Vec<_> = (0..8_u64)
        .map(|seed| {
            std::thread::spawn(move || {
                let mut map: HashMap<u64, Vec<u64>> = HashMap::new();
                let mut state = seed + 1;
                for _ in 0..30_000 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                    let key = state >> 58;
                    if state & 1 == 0 {
                        let len = (state >> 20 & 0xff) as usize;
                        map.insert(key, vec![key ^ seed; len]);
                    } else if let Some(list) = map.get_mut(&key) {
                        assert!(list.iter().all(|value| *value == key ^ seed));
                        list.push(key ^ seed);
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a thread");
    }
    // glibc keeps something for its cached stacks.
    assert!(heap::usage().used - before < 16 << 10, "{}", heap::usage().used - before);
}

fn sizes_beyond_a_chunk() {
    for megabytes in [1, 3, 40] {
        let mut list = vec![0_u8; megabytes << 20];
        list[(megabytes << 20) - 1] = 1;
        list.resize(list.len() * 2, 7);
        assert_eq!((list[(megabytes << 20) - 1], list[megabytes << 20]), (1, 7));
    }
    // SAFETY: freed once.
    unsafe {
        let block = libc::memalign(1 << 21, 5);
        assert!(!block.is_null() && block.addr().is_multiple_of(1 << 21));
        libc::free(block);
    }
}

fn refused_by_the_kernel() {
    assert_eq!(heap::refused(), None);
    heap_support::limit_data();
    let mut list = Vec::<u8>::new();
    assert!(list.try_reserve_exact(8 << 20).is_err());
    let refused = heap::refused().expect("a record");
    assert_eq!((refused.bytes, refused.count), (8 << 20, 1));
    assert_eq!(heap::usage().refused_bytes, 8 << 20);
}

fn c_corner_cases() {
    // SAFETY: C's rules are kept, but for sizes that must be refused.
    unsafe {
        let (one, two) = (libc::malloc(0), libc::malloc(0));
        assert!(!one.is_null() && !two.is_null() && one != two);
        libc::free(one);
        libc::free(two);
        libc::free(std::ptr::null_mut());

        heap_support::set_errno(0);
        assert!(libc::malloc(usize::MAX).is_null());
        assert_eq!(heap_support::errno(), libc::ENOMEM);
        heap_support::set_errno(0);
        assert!(libc::calloc(usize::MAX / 2, 3).is_null());
        assert_eq!(heap_support::errno(), libc::ENOMEM);
        heap_support::set_errno(0);
        assert!(libc::reallocarray(std::ptr::null_mut(), usize::MAX / 2, 3).is_null());
        assert_eq!(heap_support::errno(), libc::ENOMEM);

        let block = libc::realloc(std::ptr::null_mut(), 10).cast::<u8>();
        block.write_bytes(9, 10);
        assert_eq!(libc::malloc_usable_size(block.cast()), 10);
        assert!(libc::realloc(block.cast(), usize::MAX - 100).is_null());
        assert_eq!(block.read(), 9, "a refused realloc must leave the block alone");
        heap_support::set_errno(77);
        libc::free(block.cast());
        assert_eq!(heap_support::errno(), 77);
        let block = libc::malloc(10);
        let used = heap::usage().used;
        assert!(libc::realloc(block, 0).is_null());
        assert!(heap::usage().used < used);

        let dirty = libc::malloc(5000).cast::<u8>();
        dirty.write_bytes(0xff, 5000);
        libc::free(dirty.cast());
        let clean = libc::calloc(50, 100).cast::<u8>();
        assert!(std::slice::from_raw_parts(clean, 5000).iter().all(|byte| *byte == 0));
        libc::free(clean.cast());

        let mut block = std::ptr::null_mut();
        assert_eq!(libc::posix_memalign(&raw mut block, 24, 10), libc::EINVAL);
        assert_eq!(libc::posix_memalign(&raw mut block, 4, 10), libc::EINVAL);
        assert_eq!(libc::posix_memalign(&raw mut block, 64, usize::MAX - 4096), libc::ENOMEM);
        for align in [8, 16, 64, 4096, 65536] {
            assert_eq!(libc::posix_memalign(&raw mut block, align, 100), 0);
            assert!(block.addr().is_multiple_of(align));
            let moved = libc::realloc(block, 50_000);
            assert!(!moved.is_null());
            libc::free(moved);
        }
        assert!(libc::aligned_alloc(24, 48).is_null());
        let block = libc::memalign(24, 48);
        assert!(block.addr().is_multiple_of(32));
        libc::free(block);
        for (call, size) in [(valloc as Page, 10), (pvalloc, 4096)] {
            let block = call(10);
            assert!(block.addr().is_multiple_of(4096));
            assert_eq!(libc::malloc_usable_size(block), size);
            libc::free(block);
        }
    }
}

type Page = unsafe extern "C" fn(usize) -> *mut c_void;

unsafe extern "C" {
    fn valloc(size: usize) -> *mut c_void;
    fn pvalloc(size: usize) -> *mut c_void;
}

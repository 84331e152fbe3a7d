//! Threads of a transaction, on stacks from its heap: after the seal there is no other memory.

use std::ffi::c_void;
use std::ptr;

/// The most threads.
const MOST: usize = 4;
/// Bytes of a stack.
const STACK: usize = 32_768;

/// What a thread is given: a pointer to it is thin, unlike one to what it does.
struct Task<'a>(&'a (dyn Fn() + Sync));

extern "C" fn enter(task: *mut c_void) -> *mut c_void {
    // SAFETY: `together` was given a task that outlives the thread.
    let Task(work) = unsafe { &*task.cast::<Task<'_>>() };
    work();
    ptr::null_mut()
}

/// Does `work` in `count` threads at once, as far as they can be had, and returns when all are done.
pub fn together(count: usize, work: &(dyn Fn() + Sync)) {
    let task = Task(work);
    let mut threads = [None; MOST];
    for thread in threads.iter_mut().take(count) {
        *thread = start(&task);
    }
    for thread in threads.into_iter().flatten() {
        // SAFETY: a thread that was started and not joined.
        unsafe { libc::pthread_join(thread, ptr::null_mut()) };
    }
}

fn start(task: &Task<'_>) -> Option<libc::pthread_t> {
    // SAFETY: a stack of its own, for the rest of the process's life; the attributes are a local, and the task lives
    // until the thread is joined.
    unsafe {
        let stack = libc::aligned_alloc(4096, STACK);
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        let mut thread: libc::pthread_t = std::mem::zeroed();
        let argument = ptr::from_ref(task).cast_mut().cast();
        let started = !stack.is_null()
            && libc::pthread_attr_init(&raw mut attributes) == 0
            && libc::pthread_attr_setstack(&raw mut attributes, stack, STACK) == 0
            && libc::pthread_create(&raw mut thread, &raw const attributes, enter, argument) == 0;
        started.then_some(thread)
    }
}

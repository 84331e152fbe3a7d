//! How a tree fails when it is told to.

use core::hint::black_box;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A C function writes through a null pointer.
    Null,
    /// The process sends itself SIGKILL.
    Kill,
    /// `abort`.
    Abort,
    /// The stack overflows.
    Overflow,
    /// A panic.
    Panic,
    /// The task's own error.
    Error,
    /// An endless loop.
    Loop,
    /// `exit(0)`.
    Exit,
    /// A `Vec` outgrows the heap.
    Vec,
    /// `malloc` answers null.
    Malloc,
    /// A division by zero in the processor.
    Divide,
    /// A write into the state that everybody only reads.
    ReadOnly,
    /// More changes than a record holds.
    Overrun,
}

/// All of them with the names by which they are asked for.
pub const FAULTS: [(&str, Fault); 13] = [
    ("null", Fault::Null),
    ("kill", Fault::Kill),
    ("abort", Fault::Abort),
    ("overflow", Fault::Overflow),
    ("panic", Fault::Panic),
    ("error", Fault::Error),
    ("loop", Fault::Loop),
    ("exit", Fault::Exit),
    ("vec", Fault::Vec),
    ("malloc", Fault::Malloc),
    ("divide", Fault::Divide),
    ("read-only", Fault::ReadOnly),
    ("overrun", Fault::Overrun),
];

/// What a panic of [`Fault::Panic`] says.
pub const PANIC: &str = "the floor gave way under 3 men";

impl Fault {
    /// The fault of that name.
    pub fn named(name: &str) -> Option<Self> {
        FAULTS.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault)
    }

    /// Fails. Returns where the caller has to do the rest: for [`Fault::Error`], [`Fault::Overrun`] and,
    /// once memory is refused as it must be, [`Fault::Malloc`].
    ///
    /// `state` is where [`Fault::ReadOnly`] writes.
    ///
    /// # Panics
    /// For [`Fault::Panic`].
    pub fn strike(self, state: *const u64) {
        match self {
            // SAFETY: none; it is what this is for.
            Self::Null => unsafe {
                libc::memset(black_box(core::ptr::null_mut()), 1, black_box(4));
            },
            // SAFETY: ends this process.
            Self::Kill => unsafe {
                libc::kill(libc::getpid(), libc::SIGKILL);
            },
            Self::Abort => std::process::abort(),
            Self::Overflow => {
                black_box(dive(black_box(0)));
            }
            Self::Panic => panic!("the floor gave way under {} men", black_box(3)),
            Self::Loop => loop {
                core::hint::spin_loop();
            },
            Self::Exit => std::process::exit(0),
            Self::Vec => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push([1_u8; 1024]);
                    black_box(&mut hoard);
                }
            }
            Self::Malloc => exhaust(),
            Self::Divide => divide(),
            // SAFETY: none; the page is mapped read-only.
            Self::ReadOnly => unsafe { black_box(state.cast_mut()).write_volatile(1) },
            Self::Error | Self::Overrun => {}
        }
    }
}

fn dive(depth: usize) -> usize {
    let frame = black_box([depth; 64]);
    if frame[0] == usize::MAX { 0 } else { dive(depth + 1) + black_box(frame)[63] }
}

/// Takes all there is from C's heap, checks that the refusal is as the C standard and POSIX want it, and
/// gives everything back.
fn exhaust() {
    let mut last: *mut *mut libc::c_void = core::ptr::null_mut();
    for _ in 0..1_000_000 {
        // SAFETY: the blocks hold a pointer each and are given back below.
        unsafe {
            let block: *mut *mut libc::c_void = libc::malloc(4096).cast();
            if block.is_null() {
                assert_eq!(nix::errno::Errno::last(), nix::errno::Errno::ENOMEM, "malloc sets errno");
                while !last.is_null() {
                    let next = (*last).cast();
                    libc::free(last.cast());
                    last = next;
                }
                return;
            }
            *block = last.cast();
            last = block;
        }
    }
    panic!("malloc gave 4 GB");
}

#[cfg(target_arch = "x86_64")]
fn divide() {
    // SAFETY: raises the processor's exception, which is what this is for.
    unsafe {
        core::arch::asm!("xor edx, edx", "mov eax, 1", "xor ecx, ecx", "idiv ecx", out("eax") _, out("ecx") _, out("edx") _);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn divide() {
    // Other processors do not trap; the nearest thing is what a C library's own check does.
    // SAFETY: ends this process.
    unsafe { libc::raise(libc::SIGFPE) };
}

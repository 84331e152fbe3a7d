//! Signals, exits and hangs.

/// Sends itself `signal`.
pub fn signal(signal: i32) {
    // SAFETY: ends this process.
    unsafe { libc::kill(libc::getpid(), signal) };
}

pub fn stop() {
    loop {
        signal(libc::SIGSTOP);
    }
}

pub fn quick_exit() {
    // SAFETY: ends this process.
    unsafe { libc::_exit(1) };
}

/// Becomes a program that would stay.
pub fn exec() {
    let arguments = [c"/bin/sleep".as_ptr(), c"1000".as_ptr(), core::ptr::null()];
    // SAFETY: the arguments end with a null pointer.
    unsafe { libc::execv(arguments[0], arguments.as_ptr()) };
    panic!("no other program was started: {}", nix::errno::Errno::last());
}

pub fn spin() {
    loop {
        core::hint::spin_loop();
    }
}

pub fn sleep() {
    loop {
        // SAFETY: no arguments.
        unsafe { libc::pause() };
    }
}

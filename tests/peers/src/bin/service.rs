//! What the supervisors that are compared with run: says that it has been entered, and waits to be killed.

use perennial_peers::shared::{SERVICE, shared};

fn main() {
    // SAFETY: takes numbers. It is not to outlive its supervisor.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    let number = std::env::var(SERVICE).ok().and_then(|number| number.parse::<usize>().ok());
    shared().services[number.expect("the number of this service")].enter();
    loop {
        // SAFETY: takes nothing.
        unsafe { libc::pause() };
    }
}

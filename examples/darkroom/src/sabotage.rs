//! Carries out sabotage jobs: files ending in `.sabotage` whose one word says how to crash.
//!
//! The crashes are real and happen in C, where no compiler check softens them. They belong inside
//! a transaction and nowhere else; whoever calls [`Sabotage::carry_out`] does not come back.

use std::process::abort;
use thiserror::Error;

mod c {
    // SAFETY: the signatures match sabotage.c, which build.rs compiles into this crate.
    unsafe extern "C" {
        pub(super) fn darkroom_null();
        pub(super) fn darkroom_stack();
        pub(super) fn darkroom_divide();
        pub(super) fn darkroom_loop();
        pub(super) fn darkroom_abort();
    }
}

/// One way to crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// A store through a null pointer.
    Null,
    /// A recursion that overflows the stack.
    Stack,
    /// An integer division by zero.
    Divide,
    /// A loop without an end.
    Loop,
    /// A call of `abort`.
    Abort,
}

/// Why a sabotage job cannot be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sabotage job is none of null, stack, divide, loop, abort")]
pub struct UnknownSabotage;

impl Sabotage {
    /// Every way to crash, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Null, Self::Stack, Self::Divide, Self::Loop, Self::Abort];

    /// The word that stands for this crash in a job file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Stack => "stack",
            Self::Divide => "divide",
            Self::Loop => "loop",
            Self::Abort => "abort",
        }
    }

    /// Reads the content of a job file.
    ///
    /// # Errors
    /// [`UnknownSabotage`] unless the content is one known word; white space around it is ignored.
    pub fn parse(content: &[u8]) -> Result<Self, UnknownSabotage> {
        let word = content.trim_ascii();
        Self::ALL.into_iter().find(|sabotage| sabotage.word().as_bytes() == word).ok_or(UnknownSabotage)
    }

    /// Crashes this process.
    pub fn carry_out(self) -> ! {
        match self {
            // SAFETY: takes nothing and touches nothing of ours; the process ends in it.
            Self::Null => unsafe { c::darkroom_null() },
            // SAFETY: as above.
            Self::Stack => unsafe { c::darkroom_stack() },
            // SAFETY: as above.
            Self::Divide => unsafe { c::darkroom_divide() },
            // SAFETY: as above.
            Self::Loop => unsafe { c::darkroom_loop() },
            // SAFETY: as above.
            Self::Abort => unsafe { c::darkroom_abort() },
        }
        // A crash that did not happen must not pass for a developed picture.
        abort()
    }
}

#[cfg(test)]
mod tests {
    use super::{Sabotage, UnknownSabotage};
    use crate::contained::{End, contained};
    use std::time::Duration;

    #[test]
    fn every_word_is_read_back() {
        for sabotage in Sabotage::ALL {
            assert_eq!(Sabotage::parse(sabotage.word().as_bytes()), Ok(sabotage));
        }
        assert_eq!(Sabotage::parse(b" loop\n"), Ok(Sabotage::Loop));
        for wrong in [&b""[..], b"nul", b"null null", b"\xff"] {
            assert_eq!(Sabotage::parse(wrong), Err(UnknownSabotage));
        }
    }

    #[test]
    fn every_crash_ends_as_it_says() {
        let second = Duration::from_secs(1);
        for (sabotage, signal) in [
            (Sabotage::Null, libc::SIGSEGV),
            (Sabotage::Stack, libc::SIGSEGV),
            (Sabotage::Divide, if cfg!(target_arch = "x86_64") { libc::SIGFPE } else { libc::SIGTRAP }),
            (Sabotage::Loop, libc::SIGKILL),
            (Sabotage::Abort, libc::SIGABRT),
        ] {
            let end = contained(second, || sabotage.carry_out());
            assert_eq!(end, End::Signal(signal), "{}", sabotage.word());
        }
    }
}

//! One process under the tracer, while it is stopped.

use super::marks::{WORDS, Words};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io::{IoSlice, IoSliceMut};
use std::mem::offset_of;

/// The instruction that calls the kernel.
const SYSCALL: [u8; 2] = [0x0f, 0x05];

/// Breakpoints that the processor has.
pub const BREAKPOINTS: usize = 4;

/// A stopped process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracee(pub Pid);

impl Tracee {
    /// Makes the process stop right before these instructions, and no others; zero for none.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn break_at(self, addresses: [u64; BREAKPOINTS]) {
        for (index, address) in addresses.into_iter().enumerate() {
            self.set_register(index, address);
        }
        // Two bits each; the lower one enables, and all zero behind them means: when it is executed.
        let enabled = addresses.iter().enumerate().filter(|(_, address)| **address != 0);
        self.set_register(7, enabled.fold(0, |bits, (index, _)| bits | 1 << (2 * index)));
    }

    /// Moves breakpoint `index`, which must be one that is set.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn set_register(self, index: usize, value: u64) {
        let offset = offset_of!(libc::user, u_debugreg) + index * size_of::<u64>();
        let place = std::ptr::without_provenance_mut(offset);
        ptrace::write_user(self.0, place, value as libc::c_long).expect("a debug register can be set");
    }

    /// The address of the next instruction.
    ///
    /// # Panics
    /// When the process is not stopped.
    pub fn at(self) -> u64 {
        self.registers().rip
    }

    /// All registers.
    ///
    /// # Panics
    /// When the process is not stopped.
    pub fn registers(self) -> libc::user_regs_struct {
        ptrace::getregs(self.0).expect("the process is stopped")
    }

    /// Goes on until something happens to it.
    pub fn go_on(self) {
        // One that was killed meanwhile tells so when it is waited for.
        let _ = ptrace::cont(self.0, None);
    }

    /// Goes on until it stops at a breakpoint; `None` when it has ended instead.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn to_breakpoint(self) -> Option<u64> {
        self.go_on();
        self.trapped(|signal| ptrace::cont(self.0, signal))
    }

    /// Executes one instruction; returns the address of the next one, `None` when the process has ended.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn step(self) -> Option<u64> {
        let _ = ptrace::step(self.0, None);
        self.trapped(|signal| ptrace::step(self.0, signal))
    }

    /// Waits until it is trapped; hands signals on by `resume`.
    fn trapped(self, resume: impl Fn(Signal) -> nix::Result<()>) -> Option<u64> {
        loop {
            match waitpid(self.0, Some(WaitPidFlag::__WALL)).expect("the process can be waited for") {
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return None,
                WaitStatus::Stopped(_, Signal::SIGTRAP) => return Some(self.at()),
                WaitStatus::Stopped(_, signal) => {
                    let _ = resume(signal);
                }
                other => panic!("an unexpected stop: {other:?}"),
            }
        }
    }

    /// Kills it and waits for its end.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn kill(self) {
        nix::sys::signal::kill(self.0, Signal::SIGKILL).expect("the process can be killed");
        loop {
            match waitpid(self.0, Some(WaitPidFlag::__WALL)).expect("the process can be waited for") {
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return,
                _ => {}
            }
        }
    }

    /// Reads these ranges one behind the other.
    ///
    /// # Panics
    /// When they cannot be read, or take other room than `bytes`.
    pub fn read(self, ranges: &[(u64, usize)], bytes: &mut [u8]) {
        let remote: Vec<RemoteIoVec> =
            ranges.iter().map(|&(base, len)| RemoteIoVec { base: base as usize, len }).collect();
        let wanted = bytes.len();
        let read = process_vm_readv(self.0, &mut [IoSliceMut::new(bytes)], &remote);
        assert_eq!(read, Ok(wanted), "reading {ranges:x?}");
    }

    /// The words that lie there.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn words<const N: usize>(self, address: u64) -> [u64; N] {
        let mut bytes = vec![0; size_of::<[u64; N]>()];
        self.read(&[(address, bytes.len())], &mut bytes);
        let mut words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_ne_bytes(*word));
        core::array::from_fn(|_| words.next().unwrap_or(0))
    }

    /// Whether the next instruction is a system call.
    ///
    /// # Panics
    /// When the code cannot be read.
    pub fn is_at_call(self) -> bool {
        let mut code = [0; SYSCALL.len()];
        self.read(&[(self.at(), code.len())], &mut code);
        code == SYSCALL
    }

    /// Stores a word.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn put(self, address: u64, word: u64) {
        let remote = [RemoteIoVec { base: address as usize, len: size_of::<u64>() }];
        let written = process_vm_writev(self.0, &[IoSlice::new(&word.to_ne_bytes())], &remote);
        assert_eq!(written, Ok(size_of::<u64>()), "a word at {address:#x}");
    }

    /// What it shows, while it is stopped at the beginning of `marks::show`.
    ///
    /// # Panics
    /// When its memory cannot be read.
    pub fn shown(self) -> Words {
        self.words(self.registers().rdi)
    }

    /// Gives it an order there.
    ///
    /// # Panics
    /// When its memory cannot be written.
    pub fn order(self, order: u64) {
        self.put(self.registers().rdi + (WORDS as u64 - 1) * 8, order);
    }
}

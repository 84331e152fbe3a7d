//! The part of the seal that limits cannot express: shared anonymous memory, stacks that grow on their own,
//! memory files and System V segments are not counted as data by the kernel, so a system-call filter refuses
//! them. All processes of the tree inherit it.
//!
//! Threads are not refused here: a filter cannot be taken off again, and transactions may have threads. In
//! root and daemons a new thread finds no memory for its stack.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

/// The filter as a program. Allocates: call before the seal.
///
/// # Errors
/// None: the rules are constant.
pub(super) fn program() -> Result<BpfProgram, seccompiler::Error> {
    let flags = |wanted: libc::c_int| -> Result<SeccompRule, seccompiler::Error> {
        let wanted = wanted as u64;
        let set = SeccompCmpOp::MaskedEq(wanted);
        Ok(SeccompRule::new(vec![SeccompCondition::new(3, SeccompCmpArgLen::Dword, set, wanted)?])?)
    };
    let rules = BTreeMap::from([
        (libc::SYS_mmap, vec![flags(libc::MAP_SHARED | libc::MAP_ANONYMOUS)?, flags(libc::MAP_GROWSDOWN)?]),
        (libc::SYS_memfd_create, vec![]),
        (libc::SYS_memfd_secret, vec![]),
        (libc::SYS_shmget, vec![]),
    ]);
    let refuse = SeccompAction::Errno(libc::ENOMEM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, std::env::consts::ARCH.try_into()?)?;
    Ok(filter.try_into()?)
}

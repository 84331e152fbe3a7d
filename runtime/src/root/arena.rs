//! The two arenas: memory of the whole tree, mapped and sealed before anything is forked.
//!
//! The order of mapping and sealing is what makes the walls: the writable mapping of the state arena comes
//! first, then the seal that forbids any other, then the mapping that everybody reads. The descriptors are
//! closed; a single one, opened for reading, is kept for tools.

use super::block::Block;
use super::tree::Tree;
use crate::sys::{Errno, memory};

/// Where the arenas are mapped; the same addresses in every process of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Arenas {
    /// The writable mapping of the state arena; a daemon keeps its own region of it.
    pub alias: *mut u8,
    /// The mapping that everybody reads.
    pub view: *const u8,
    /// Size of the state arena.
    pub state: usize,
    /// The slot arena, writable; a daemon keeps its share, a transaction its slot.
    pub slots: *mut u8,
    /// Size of the slot arena.
    pub slots_size: usize,
    /// The state arena's descriptor for tools, read-only.
    pub reader: i32,
}

/// Why the memory of a tree could not be had.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// Less memory is available than the tree declares.
    #[error(
        "the tree declares {needed} bytes, but only {available} are available{limit}: lower `mem` or free memory"
    )]
    Missing {
        /// Bytes declared.
        needed: u64,
        /// Bytes there are.
        available: u64,
        /// Which limit says so.
        limit: &'static str,
    },
    /// The system refused.
    #[error(
        "{what} of {bytes} bytes failed: {errno}; check the limits on memory, file size and descriptors (ulimit -a)"
    )]
    Refused {
        /// What was tried.
        what: &'static str,
        /// Bytes asked for.
        bytes: usize,
        /// The answer.
        errno: Errno,
    },
}

fn refused(what: &'static str, bytes: usize) -> impl Fn(Errno) -> MemoryError {
    move |errno| MemoryError::Refused { what, bytes, errno }
}

/// Refuses to start on less memory than declared: tmpfs pages would otherwise be promised now and the
/// out-of-memory killer be the one to break the promise.
fn check_available(needed: u64) -> Result<(), MemoryError> {
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map(|kib| kib * 1024);
    if let Some(available) = available.filter(|&available| available < needed) {
        return Err(MemoryError::Missing { needed, available, limit: "" });
    }
    let group =
        |path: &str| std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u64>().ok());
    let limit =
        group("/sys/fs/cgroup/memory.max").or_else(|| group("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    if let Some(available) = limit.filter(|&limit| limit < needed) {
        return Err(MemoryError::Missing { needed, available, limit: " by the control group's limit" });
    }
    Ok(())
}

impl Arenas {
    /// Creates, reserves, maps and seals the memory of `tree`.
    ///
    /// # Errors
    /// [`MemoryError`], with nothing left behind.
    pub fn create(tree: &Tree) -> Result<Self, MemoryError> {
        let (state, slots) = (tree.state_size(), tree.slots_size());
        check_available((state + slots) as u64)?;
        let map = |file: &memory::MemFd, size, writable| {
            file.map(size, writable, true).map_err(refused("mapping memory", size))
        };

        let file = memory::MemFd::create(c"perennial-state", state)
            .map_err(refused("creating the state arena", state))?;
        file.reserve(state).map_err(refused("reserving the state arena", state))?;
        let alias = map(&file, state, true)?;
        file.seal().map_err(refused("sealing the state arena", state))?;
        let view = map(&file, state, false)?;
        let reader = file.reopen_read_only().map_err(refused("reopening the state arena", state))?;
        drop(file);

        let file = memory::MemFd::create(c"perennial-slots", slots)
            .map_err(refused("creating the slot arena", slots))?;
        file.reserve(slots).map_err(refused("reserving the slot arena", slots))?;
        let shared = map(&file, slots, true)?;
        file.seal().map_err(refused("sealing the slot arena", slots))?;
        drop(file);

        // A core dump would otherwise take as long as the arenas are large, and show everybody's state.
        for (start, size) in [(alias, state), (view, state), (shared, slots)] {
            memory::keep_from_dumps(start, size)
                .map_err(refused("excluding memory from core dumps", size))?;
        }
        // Root leaves each daemon its own part, and only while it forks it; nobody else inherits any.
        for (start, size) in [(alias, state), (shared, slots)] {
            memory::keep_from_children(start, size).map_err(refused("keeping memory from children", size))?;
        }
        Ok(Self { alias, view, state, slots: shared, slots_size: slots, reader })
    }

    /// What daemon `index` of `tree` may write: its region and its share, with their sizes.
    fn parts(&self, tree: &Tree, index: usize) -> [(*mut u8, usize); 2] {
        let (region, share) =
            tree.daemons.get(index).map_or((0, 0), |daemon| (daemon.layout.region, daemon.layout.share));
        [
            (self.alias.wrapping_add(tree.region_at(index)), region),
            (self.slots.wrapping_add(tree.share_at(index)), share),
        ]
    }

    /// Until [`withhold`](Self::withhold), children inherit what daemon `index` may write.
    ///
    /// # Errors
    /// What madvise answers, which is nothing but a lack of memory.
    pub fn leave(&self, tree: &Tree, index: usize) -> Result<(), Errno> {
        self.parts(tree, index)
            .into_iter()
            .try_for_each(|(start, size)| memory::leave_to_children(start, size))
    }

    /// Takes back what [`leave`](Self::leave) did.
    ///
    /// # Errors
    /// As there.
    pub fn withhold(&self, tree: &Tree, index: usize) -> Result<(), Errno> {
        self.parts(tree, index)
            .into_iter()
            .try_for_each(|(start, size)| memory::keep_from_children(start, size))
    }

    /// Root's table, writable.
    pub fn block(&self) -> &Block {
        // SAFETY: the arena begins with the table, whose fields are atomics; `Arenas` is used with the
        // writable mapping in place only by root.
        unsafe { &*self.alias.cast::<Block>() }
    }

    /// Root's table as everybody sees it.
    pub fn seen_block(&self) -> &Block {
        // SAFETY: as above, through the mapping that is never removed.
        unsafe { &*self.view.cast::<Block>() }
    }
}

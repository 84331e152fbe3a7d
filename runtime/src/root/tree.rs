//! The tree as `root!` declares it: constants that say which daemons there are and how they are wired.

use super::Ring;
use crate::daemon::{Boot, Daemon, enter};
use crate::layout::Layout;
use crate::state::{FieldInfo, Options};
use core::any::TypeId;

/// What happens to the other daemons when one dies, in OTP's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing.
    OneForOne,
    /// All others are stopped in order, and all are started again.
    OneForAll,
    /// Those that are started after it are stopped in order, and started again with it.
    RestForOne,
}

/// Why the set-up hook failed, as text.
#[derive(Debug)]
pub struct SetupError(pub String);

/// A whole tree.
pub struct Tree {
    /// Its name, which names its runtime directory.
    pub name: &'static str,
    /// Ceiling in bytes for the memory of all daemons and root's table.
    pub mem: usize,
    /// What happens to the others when one dies.
    pub strategy: Strategy,
    /// The daemons in the order in which they start.
    pub daemons: &'static [Descriptor],
    /// How ring ends are wired.
    pub rings: &'static [Ring],
    /// Who hears of whose commits.
    pub subscriptions: &'static [Subscription],
    /// Runs in root before the seal.
    pub setup: Option<fn() -> Result<(), SetupError>>,
}

/// One daemon that hears of another's commits; both by position in the tree.
#[derive(Clone, Copy, Debug)]
pub struct Subscription {
    /// Who hears.
    pub subscriber: usize,
    /// Of whom.
    pub publisher: usize,
}

/// One daemon, as the supervisor knows it.
pub struct Descriptor {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub type_id: fn() -> TypeId,
    /// Where its memory lies.
    pub layout: Layout,
    /// Its options.
    pub options: Options,
    /// Its table of fields.
    pub fields: &'static [FieldInfo],
    /// Turns the calling process into the daemon.
    pub enter: fn(&Boot) -> !,
    /// Daemons, by position in the tree, that must be ready before it is started.
    pub depends_on: &'static [usize],
}

impl Descriptor {
    /// Describes daemon `D`.
    pub const fn of<D: Daemon>() -> Self {
        Self {
            name: D::NAME,
            type_id: TypeId::of::<D>,
            layout: Layout::of::<D>(),
            options: D::OPTIONS,
            fields: D::FIELDS,
            enter: enter::<D>,
            depends_on: &[],
        }
    }

    /// The same daemon, started only when those at these positions in the tree are ready.
    #[must_use]
    pub const fn after(self, depends_on: &'static [usize]) -> Self {
        Self { depends_on, ..self }
    }
}

impl Tree {
    /// Offset of daemon `index`'s region in the state arena.
    pub fn region_at(&self, index: usize) -> usize {
        super::block::BLOCK + self.daemons.iter().take(index).map(|d| d.layout.region).sum::<usize>()
    }

    /// Size of the state arena.
    pub fn state_size(&self) -> usize {
        self.region_at(self.daemons.len())
    }

    /// Offset of daemon `index`'s share in the slot arena.
    pub fn share_at(&self, index: usize) -> usize {
        self.daemons.iter().take(index).map(|d| d.layout.share).sum()
    }

    /// Size of the slot arena.
    pub fn slots_size(&self) -> usize {
        self.share_at(self.daemons.len())
    }

    /// Identifies the layout of the tree.
    pub fn fingerprint(&self) -> u64 {
        self.daemons.iter().fold(0, |hash, daemon| {
            let parts =
                [hash, daemon.layout.region as u64, daemon.layout.share as u64, daemon.fields.len() as u64];
            crate::state::fingerprint(daemon.name, &parts)
        })
    }
}

//! The tree as `root!` declares it: constants that say which daemons there are and how they are wired.

use crate::daemon::{Boot, Daemon, enter};
use crate::konst::{Words, same};
use crate::layout::Layout;
use crate::state::{FieldInfo, Options, RingEnd, Role, State};

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
    /// Runs in root before the seal.
    pub setup: Option<fn() -> Result<(), SetupError>>,
}

/// One daemon, as the supervisor knows it.
pub struct Descriptor {
    /// Its name.
    pub name: &'static str,
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

/// One wired ring: `(daemon, field)` of both ends, by position in the tree and in the table of fields.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    /// The end that pushes.
    pub producer: (usize, usize),
    /// The end that pops.
    pub consumer: (usize, usize),
    /// Failed attempts after which a message is set aside; 0 for never.
    pub attempts: u32,
}

#[track_caller]
const fn end<S: State>(field: &str, role: Role) -> (usize, RingEnd) {
    let mut i = 0;
    while i < S::FIELDS.len() {
        if same(S::FIELDS[i].name, field) {
            match S::FIELDS[i].ring() {
                Some(ring) if ring.role as u8 == role as u8 => return (i, ring),
                _ => panic!(
                    "{}",
                    Words::new()
                        .text("field `")
                        .text(field)
                        .text("` of daemon `")
                        .text(S::NAME)
                        .text(match role {
                            Role::Producer =>
                                "` is not a `Producer`: a ring goes from a Producer to a Consumer",
                            Role::Consumer =>
                                "` is not a `Consumer`: a ring goes from a Producer to a Consumer",
                        })
                        .as_str()
                ),
            }
        }
        i += 1;
    }
    panic!(
        "{}",
        Words::new()
            .text("daemon `")
            .text(S::NAME)
            .text("` has no field `")
            .text(field)
            .text("`: name a Producer on the left of `->` and a Consumer on the right")
            .as_str()
    )
}

impl Ring {
    /// Wires field `from.1` of daemon `P`, number `from.0` of the tree, to field `to.1` of daemon `C`.
    ///
    /// # Panics
    /// While compiling, where the two ends do not fit each other.
    #[track_caller]
    pub const fn new<P: State, C: State>(from: (usize, &str), to: (usize, &str), attempts: u32) -> Self {
        let (producer, out) = end::<P>(from.1, Role::Producer);
        let (consumer, into) = end::<C>(to.1, Role::Consumer);
        if out.fingerprint != into.fingerprint || out.size != into.size {
            panic!(
                "{}",
                Words::new()
                    .text("ring ")
                    .text(P::NAME)
                    .text(".")
                    .text(from.1)
                    .text(" -> ")
                    .text(C::NAME)
                    .text(".")
                    .text(to.1)
                    .text(": the two ends carry different message types; use the same type on both")
                    .as_str()
            );
        }
        if out.capacity != into.capacity {
            panic!(
                "{}",
                Words::new()
                    .text("ring ")
                    .text(P::NAME)
                    .text(".")
                    .text(from.1)
                    .text(" -> ")
                    .text(C::NAME)
                    .text(".")
                    .text(to.1)
                    .text(": the producer holds ")
                    .number(out.capacity)
                    .text(" messages, the consumer expects ")
                    .number(into.capacity)
                    .text("; give both the same capacity")
                    .as_str()
            );
        }
        if attempts != 0 && into.letters == 0 {
            panic!(
                "{}",
                Words::new()
                    .text("ring into ")
                    .text(C::NAME)
                    .text(".")
                    .text(to.1)
                    .text(": `attempts` needs room for dead letters: use `Consumer<T, N, D>` with D of at least 1")
                    .as_str()
            );
        }
        Self { producer: (from.0, producer), consumer: (to.0, consumer), attempts }
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

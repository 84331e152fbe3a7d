//! How ring ends are wired, checked while compiling: each end at its own name, what they are to each other at the
//! second.

use super::tree::Descriptor;
use crate::konst::{Words, nearest, same};
use crate::state::{FieldInfo, RingEnd, Role, WhenFull};

/// Attempts at a message where the wiring does not say.
const ATTEMPTS: u32 = 3;

/// One wired ring: `(daemon, field)` of both ends, by position in the tree and in the table of fields. A producer with
/// several consumers has one with each.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    /// The end that pushes.
    pub producer: (usize, usize),
    /// The end that pops.
    pub consumer: (usize, usize),
    /// Failed attempts after which a message is set aside; 0 for never.
    pub attempts: u32,
    /// What the producer does when the ring is full; the same for all rings of one producer.
    pub when_full: WhenFull,
}

/// An end of a ring that exists, and is on the right side.
#[derive(Clone, Copy)]
pub struct End {
    place: (usize, usize),
    daemon: &'static str,
    field: &'static FieldInfo,
    ring: RingEnd,
}

impl End {
    /// Field `field` of the daemon at `place`, which must push.
    ///
    /// # Panics
    /// While compiling, where it does not.
    #[track_caller]
    pub const fn producer(daemons: &[Descriptor], place: usize, field: &str) -> Self {
        Self::find(&daemons[place], place, field, Role::Producer)
    }

    /// Field `field` of the daemon at `place`, which must pop.
    ///
    /// # Panics
    /// While compiling, where it does not.
    #[track_caller]
    pub const fn consumer(daemons: &[Descriptor], place: usize, field: &str) -> Self {
        Self::find(&daemons[place], place, field, Role::Consumer)
    }

    #[track_caller]
    const fn find(daemon: &Descriptor, place: usize, name: &str, role: Role) -> Self {
        let mut row = 0;
        while row < daemon.fields.len() {
            let field = &daemon.fields[row];
            if same(field.name, name) {
                match field.ring() {
                    Some(ring) if ring.role.is_source() == role.is_source() => {
                        return Self { place: (place, row), daemon: daemon.name, field, ring };
                    }
                    _ => no_end(daemon, field, role),
                }
            }
            row += 1;
        }
        no_field(daemon, name, role)
    }

    const fn name(&self, words: Words) -> Words {
        words.text("`").text(self.daemon).text(".").text(self.field.name).text("`")
    }
}

/// What stands on that side of the arrow.
const fn side(words: Words, role: Role) -> Words {
    words.text(match role {
        Role::Producer => "left of `->` stands a `Producer`",
        Role::Consumer => "right of `->` stands a `Consumer`",
        Role::Live => "left of `->` stands a `Live`",
        Role::LiveReader => "right of `->` stands a `LiveReader`",
    })
}

/// The names of the fields that may stand on that side, and how many they are.
const fn ends(daemon: &Descriptor, role: Role) -> ([&'static str; 64], usize) {
    let (mut names, mut count, mut row) = ([""; 64], 0, 0);
    while row < daemon.fields.len() {
        if let Some(ring) = daemon.fields[row].ring()
            && ring.role.is_source() == role.is_source()
            && count < names.len()
        {
            names[count] = daemon.fields[row].name;
            count += 1;
        }
        row += 1;
    }
    (names, count)
}

/// Which fields may stand on that side, or what to do where there is none.
const fn listed(words: Words, daemon: &Descriptor, role: Role) -> Words {
    let (names, count) = ends(daemon, role);
    let (plural, ty) = match role {
        Role::Producer | Role::Live => (" (producers of `", "Producer<T, N>"),
        Role::Consumer | Role::LiveReader => (" (consumers of `", "Consumer<T, N>"),
    };
    if count == 0 {
        return words.text("; give `").text(daemon.name).text("` a field of type `").text(ty).text("`");
    }
    let mut words = words.text(plural).text(daemon.name).text("`: ");
    let mut i = 0;
    while i < count {
        words = words.text(if i == 0 { "`" } else { ", `" }).text(names[i]).text("`");
        i += 1;
    }
    words.text(")")
}

#[track_caller]
const fn no_end(daemon: &Descriptor, field: &FieldInfo, role: Role) -> ! {
    let words = Words::new().text("`").text(daemon.name).text(".").text(field.name).text("` is of type `");
    let role = match field.ring() {
        Some(ring) => ring.role.other(),
        None => role,
    };
    let words = side(words.text(field.ty).text("`, and "), role);
    let words = if field.ring().is_some() {
        words.text(": messages flow to the right, so turn the ring round")
    } else {
        listed(words, daemon, role)
    };
    panic!("{}", words.as_str())
}

#[track_caller]
const fn no_field(daemon: &Descriptor, name: &str, role: Role) -> ! {
    let words = Words::new().text("daemon `").text(daemon.name).text("` has no field `").text(name).text("`");
    let (names, count) = ends(daemon, role);
    let words = match nearest(name, &names, count) {
        Some(meant) => words.text("; did you mean `").text(meant).text("`?"),
        None => side(words.text(", and "), role),
    };
    panic!("{}", listed(words, daemon, role).as_str())
}

impl Ring {
    /// Wires two ends. `attempts` and `when_full` as far as the wiring says them.
    ///
    /// # Panics
    /// While compiling, where the two ends do not fit each other.
    #[track_caller]
    pub const fn new(from: End, to: End, attempts: Option<u32>, when_full: Option<WhenFull>) -> Self {
        let types = from.name(Words::new()).text(" is of type `").text(from.field.ty).text("` and ");
        let types = to.name(types).text(" of type `").text(to.field.ty).text("`: ");
        let live = matches!(from.ring.role, Role::Live);
        if from.ring.role.other() as u8 != to.ring.role as u8 {
            let words = types.text(if live {
                "a `Live` is read by a `LiveReader`"
            } else {
                "a `LiveReader` reads a `Live`, and what a `Producer` pushes is for a `Consumer`"
            });
            panic!("{}", words.as_str());
        }
        if from.ring.fingerprint != to.ring.fingerprint || from.ring.size != to.ring.size {
            panic!("{}", types.text("both ends of a ring carry the same type of message").as_str());
        }
        if from.ring.capacity != to.ring.capacity {
            let words = types.text("both ends of a ring have the same capacity, so give both ");
            let more = from.ring.capacity > to.ring.capacity;
            let more = if more { from.ring.capacity } else { to.ring.capacity };
            panic!("{}", words.number(more).as_str());
        }
        if live {
            if attempts.is_some() || when_full.is_some() {
                let words =
                    from.name(Words::new()).text(" is a `Live`, which drops the oldest when it is full and ");
                panic!("{}", words.text("whose values are not tried again: leave the options out").as_str());
            }
            let (producer, consumer) = (from.place, to.place);
            return Self { producer, consumer, attempts: 0, when_full: WhenFull::DropOldest };
        }
        let attempts = match attempts {
            Some(attempts) => attempts,
            None => ATTEMPTS,
        };
        if attempts != 0 && to.ring.letters == 0 {
            let words =
                to.name(Words::new()).text(" has no room for dead letters, and a message is one after ");
            let words = words.number(attempts as usize).text(" failed attempts: leave the last number of `");
            panic!("{}", words.text(to.field.ty).text("` out, or make it 1 at least").as_str());
        }
        let when_full = match when_full {
            Some(when_full) => when_full,
            None => WhenFull::Refuse,
        };
        Self { producer: from.place, consumer: to.place, attempts, when_full }
    }

    /// Whether the field at `place` pushes into this ring.
    pub const fn is_from(&self, place: (usize, usize)) -> bool {
        self.producer.0 == place.0 && self.producer.1 == place.1
    }

    /// Whether the field at `place` is an end of this ring.
    pub const fn has(&self, place: (usize, usize)) -> bool {
        (self.producer.0 == place.0 && self.producer.1 == place.1)
            || (self.consumer.0 == place.0 && self.consumer.1 == place.1)
    }
}

//! What of a tree can only be known once all daemons are: checked while compiling, a call for each daemon, at the
//! place where `root!` lists it.

use super::block::MOST_DAEMONS;
use super::tree::Descriptor;
use super::wiring::Ring;
use crate::daemon::MOST_PEERS;
use crate::konst::{Words, same};
use crate::state::RingEnd;

/// How many rings have the field at `place` as an end.
const fn wires(rings: &[Ring], place: (usize, usize)) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < rings.len() {
        count += rings[i].has(place) as usize;
        i += 1;
    }
    count
}

/// Fails to compile if the daemon at `place` cannot be told from another, or is one too many.
///
/// # Panics
/// While compiling.
#[track_caller]
pub const fn check_daemon(daemons: &[Descriptor], place: usize) {
    if place >= MOST_DAEMONS {
        let words = Words::new().text("this daemon is number ").number(place + 1).text(", and a tree has ");
        panic!(
            "{}",
            words.number(MOST_DAEMONS).text(" at most: let one of them do the work of several").as_str()
        );
    }
    let mut other = 0;
    while other < place {
        if same(daemons[other].name, daemons[place].name) {
            panic!(
                "another daemon has this name too, and rings and tools could not tell them apart: rename one of the structs"
            );
        }
        other += 1;
    }
}

/// Fails to compile if a consumer of the daemon at `place` is not an end of exactly one ring, a producer of none, or if
/// the daemon has more peers than it could wait for.
///
/// # Panics
/// While compiling, with the wire that is missing.
#[track_caller]
pub const fn check_wires(daemons: &[Descriptor], rings: &[Ring], place: usize) {
    let daemon = &daemons[place];
    let (mut row, mut peers) = (0, 0);
    while row < daemon.fields.len() {
        let field = &daemon.fields[row];
        if let Some(end) = field.ring() {
            let words = Words::new().text("`").text(daemon.name).text(".").text(field.name);
            let count = wires(rings, (place, row));
            peers += count;
            match count {
                0 => {
                    let words = words.text("` is wired to nobody: add `");
                    let words = wire(words, daemons, rings, place, row, &end);
                    panic!("{}", words.text("` to `rings`, or take the field out of the state").as_str());
                }
                1 => {}
                _ if end.role.is_source() => {
                    if !agree(rings, (place, row)) {
                        let words =
                            words.text("` does not know what to do when it is full: give all of its rings ");
                        panic!("{}", words.text("the same `full`").as_str());
                    }
                }
                _ => panic!(
                    "{}",
                    words.text("` is the consumer of two rings: give each ring a field of its own").as_str()
                ),
            }
        }
        row += 1;
    }
    if peers > MOST_PEERS {
        let words = Words::new().text("`").text(daemon.name).text("` has rings with ").number(peers);
        let words = words.text(" ends of others, and can wait for ").number(MOST_PEERS);
        panic!("{}", words.text(" at most: let a daemon in between pass messages on").as_str());
    }
}

/// Whether all rings of the producer at `place` say the same of what happens when they are full.
const fn agree(rings: &[Ring], place: (usize, usize)) -> bool {
    let (mut first, mut i) = (None, 0);
    while i < rings.len() {
        if rings[i].is_from(place) {
            let this = rings[i].when_full as u8;
            match first {
                Some(other) if other != this => return false,
                _ => first = Some(this),
            }
        }
        i += 1;
    }
    true
}

/// The wire that an end lacks: to an end of another daemon that lacks one too, if there is one that fits.
const fn wire(
    words: Words,
    daemons: &[Descriptor],
    rings: &[Ring],
    place: usize,
    row: usize,
    end: &RingEnd,
) -> Words {
    let (mut peer, mut field) = ("Other", "field");
    let mut at = 0;
    while at < daemons.len() {
        let mut of = 0;
        while at != place && of < daemons[at].fields.len() {
            if let Some(other) = daemons[at].fields[of].ring()
                && other.role as u8 == end.role.other() as u8
                && other.fingerprint == end.fingerprint
                && other.capacity == end.capacity
                && wires(rings, (at, of)) == 0
            {
                (peer, field) = (daemons[at].name, daemons[at].fields[of].name);
            }
            of += 1;
        }
        at += 1;
    }
    let (daemon, name) = (daemons[place].name, daemons[place].fields[row].name);
    if end.role.is_source() {
        words.text(daemon).text(".").text(name).text(" -> ").text(peer).text(".").text(field)
    } else {
        words.text(peer).text(".").text(field).text(" -> ").text(daemon).text(".").text(name)
    }
}

/// Fails to compile if the daemon at `place` waits for another that waits for it.
///
/// # Panics
/// While compiling, with the circle.
#[track_caller]
pub const fn check_order(daemons: &[Descriptor], place: usize) {
    let mut way = [0; MOST_DAEMONS];
    way[0] = place;
    if let Some(len) = way_back(daemons, &mut way, 1, &mut [false; MOST_DAEMONS]) {
        let mut words = Words::new().text("these daemons wait for each other, so none of them could start: ");
        let mut i = 0;
        while i < len {
            words = words.text(daemons[way[i]].name).text(" -> ");
            i += 1;
        }
        words = words.text(daemons[place].name).text("; remove one of the dependencies");
        panic!("{}", words.as_str());
    }
}

/// Goes on from the last of the first `len` steps of `way` until it is back at the first; how many steps that took.
const fn way_back(
    daemons: &[Descriptor],
    way: &mut [usize; MOST_DAEMONS],
    len: usize,
    seen: &mut [bool; MOST_DAEMONS],
) -> Option<usize> {
    let after = daemons[way[len - 1]].depends_on;
    let mut i = 0;
    while i < after.len() {
        if after[i] == way[0] {
            return Some(len);
        }
        if !seen[after[i]] {
            seen[after[i]] = true;
            way[len] = after[i];
            if let Some(len) = way_back(daemons, way, len + 1, seen) {
                return Some(len);
            }
        }
        i += 1;
    }
    None
}

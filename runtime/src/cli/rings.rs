//! The rings of a running tree: how far each consumer is, and what it has set aside. For `ps`, `letters` and
//! `replay`.

use super::connect::Running;
use crate::collections::{Cause, Metadata};
use crate::commit::{racing, read};
use crate::layout::IMAGE;
use crate::root::{Ring, Tree, exit_code, requests_path};
use crate::state::{FieldInfo, Role, WhenFull, live_end};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::time::Instant;
use zerocopy::FromBytes;

/// How long a daemon that died half-way through a commit may take to recover, before its rings are passed over.
const PATIENCE: Duration = Duration::from_secs(1);

/// `(daemon, field)`, by position in the tree and in the table of fields.
type Place = (usize, usize);

fn field(tree: &Tree, (daemon, field): Place) -> Option<&'static FieldInfo> {
    tree.daemons.get(daemon)?.fields.get(field)
}

fn shown(tree: &Tree, place: Place) -> String {
    let name = tree.daemons.get(place.0).map_or("?", |daemon| daemon.name);
    format!("{name}.{}", field(tree, place).map_or("?", |field| field.name))
}

fn is(tree: &Tree, place: Place, role: Role) -> bool {
    field(tree, place).and_then(FieldInfo::ring).is_some_and(|end| end.role == role)
}

/// The rings whose messages can be set aside.
fn with_letters(tree: &Tree) -> impl Iterator<Item = &Ring> {
    tree.rings.iter().filter(|ring| is(tree, ring.consumer, Role::Consumer))
}

impl Running {
    /// The image of a field as one commit left it.
    fn image(&self, tree: &Tree, place: Place) -> Option<Vec<u8>> {
        let (header, info) = (self.header(tree, place.0)?, field(tree, place)?);
        let at = tree.region_at(place.0) + IMAGE + info.offset;
        let from = self.bytes().get(at..at + info.size)?.as_ptr();
        let mut bytes = vec![0; info.size];
        // SAFETY: the field lies in the region of that header, in the view, which is mapped as long as `self` lives; the
        // target is as long as the field.
        unsafe { read(header, PATIENCE, || racing::copy(from, bytes.as_mut_ptr(), info.size)) }.ok()?;
        Some(bytes)
    }

    fn position(&self, tree: &Tree, place: Place) -> Option<u64> {
        if is(tree, place, Role::Live) {
            let daemon = tree.daemons.get(place.0)?;
            let at = tree.region_at(place.0) + daemon.layout.live_at + live_end(daemon.fields, place.1);
            let position = self.bytes().get(at..at + size_of::<AtomicU64>())?.as_ptr().cast::<AtomicU64>();
            // SAFETY: a live ring begins with its position, aligned; the view is mapped as long as `self` lives.
            return Some(unsafe { &*position }.load(Ordering::Acquire));
        }
        Some(self.header(tree, place.0)?.positions.get(place.1)?.load(Ordering::Acquire))
    }

    /// Messages that an end that takes them has missed.
    fn missed(&self, tree: &Tree, place: Place) -> Option<u64> {
        if is(tree, place, Role::LiveReader) {
            return self.image(tree, place)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
        }
        self.metadata(tree, place).map(|(metadata, _)| metadata.missed())
    }

    fn metadata(&self, tree: &Tree, consumer: Place) -> Option<(Metadata, Vec<u8>)> {
        let image = self.image(tree, consumer)?;
        let (metadata, _) = Metadata::read_from_prefix(&image).ok()?;
        Some((metadata, image))
    }
}

/// Prints a line for each consumer of each ring; nothing where there are no rings.
pub fn print(tree: &Tree, running: &Running, out: &mut impl Write) {
    if tree.rings.is_empty() {
        return;
    }
    let mut line = |cells: [&str; 7]| {
        let [ring, full, capacity, lag, missed, letters, replays] = cells;
        // A reader that has gone is no error.
        let _ = writeln!(
            out,
            "{ring:<50}  {full:<11} {capacity:>8} {lag:>8} {missed:>8}  {letters:>7} {replays:>7}"
        );
    };
    line([""; 7]);
    line(["RING", "FULL", "CAPACITY", "LAG", "MISSED", "LETTERS", "REPLAYS"]);
    for ring in tree.rings {
        let full = match ring.when_full {
            _ if is(tree, ring.producer, Role::Live) => "live",
            WhenFull::Refuse => "refuse",
            WhenFull::Wait => "wait",
            WhenFull::DropOldest => "drop_oldest",
        };
        let capacity = field(tree, ring.producer).and_then(FieldInfo::ring).map_or(0, |end| end.capacity);
        let number = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        // The consumer's first, or one that is fast would seem to be ahead.
        let taken = running.position(tree, ring.consumer);
        let lag = running.position(tree, ring.producer).zip(taken).map(|(a, b)| a.saturating_sub(b));
        let kept =
            is(tree, ring.consumer, Role::Consumer).then(|| running.metadata(tree, ring.consumer)).flatten();
        let kept = kept.map(|(metadata, _)| metadata);
        line([
            &format!("{} -> {}", shown(tree, ring.producer), shown(tree, ring.consumer)),
            full,
            &capacity.to_string(),
            &number(lag),
            &number(running.missed(tree, ring.consumer)),
            &number(kept.map(|kept| kept.letters() as u64)),
            &number(kept.map(|kept| kept.replays() as u64)),
        ]);
    }
}

/// The ring whose consumer is `name`, as in `Ledger.orders`.
fn find<'a>(tree: &'a Tree, name: &str) -> Option<&'a Ring> {
    with_letters(tree).find(|ring| shown(tree, ring.consumer) == name)
}

/// `letters [Daemon.field]`: prints the dead letters of one consumer or of all; returns the exit code.
pub fn letters(tree: &Tree, name: Option<&str>) -> i32 {
    let rings: Vec<&Ring> = match name {
        None => with_letters(tree).collect(),
        Some(name) => match find(tree, name) {
            Some(ring) => vec![ring],
            None => return unknown(tree, name),
        },
    };
    let running = match Running::connect(tree) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("{error}");
            return exit_code::UNAVAILABLE;
        }
    };
    let mut out = std::io::stdout().lock();
    let _ =
        writeln!(out, "{:<30} {:>12} {:>8}  {:<11} DELIVERY", "CONSUMER", "POSITION", "ATTEMPTS", "CAUSE");
    for ring in rings {
        let name = shown(tree, ring.consumer);
        let end = field(tree, ring.consumer).and_then(FieldInfo::ring);
        let (Some((metadata, image)), Some(end)) = (running.metadata(tree, ring.consumer), end) else {
            eprintln!("{name}: its daemon died within a commit and has not recovered yet; try again");
            continue;
        };
        for index in 0..metadata.letters().min(end.letters) {
            let Some((position, attempts, cause)) = metadata.letter(&image, index, &end) else { break };
            let cause = match cause {
                Cause::Attempts => "attempts",
                Cause::Undecodable => "undecodable",
                Cause::Refused => "refused",
            };
            let delivery = if index < metadata.replays() { "again" } else { "-" };
            let _ = writeln!(out, "{name:<30} {position:>12} {attempts:>8}  {cause:<11} {delivery}");
        }
    }
    exit_code::DONE
}

fn unknown(tree: &Tree, name: &str) -> i32 {
    eprintln!("no consumer `{name}` in {}; there are:", tree.name);
    for ring in with_letters(tree) {
        eprintln!("  {}", shown(tree, ring.consumer));
    }
    exit_code::USAGE
}

/// How long a daemon may take to carry a replay out before the tool goes.
const ANSWER: Duration = Duration::from_secs(5);

/// `replay Daemon.field [count]`: has dead letters delivered again; returns the exit code.
pub fn replay(tree: &Tree, name: Option<&str>, count: Option<&str>) -> i32 {
    let Some(ring) = name.and_then(|name| find(tree, name)) else {
        return unknown(tree, name.unwrap_or_default());
    };
    let row = tree.rings.iter().position(|other| other.consumer == ring.consumer).unwrap_or(usize::MAX);
    let Ok(count) = count.map_or(Ok(u64::MAX), str::parse::<u64>) else {
        eprintln!("how many letters? `replay {} 3`, or no number for all", name.unwrap_or_default());
        return exit_code::USAGE;
    };
    let running = match Running::connect(tree) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("{error}");
            return exit_code::UNAVAILABLE;
        }
    };
    let (daemon, field) = ring.consumer;
    let Some(word) = running.block().replays.get(row) else { return exit_code::UNAVAILABLE };
    let before = word.load(Ordering::SeqCst);
    let bytes: Vec<u8> =
        [daemon as u64, field as u64, count].iter().flat_map(|word| word.to_ne_bytes()).collect();
    let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(&bytes, requests_path(tree.name)));
    if let Err(error) = sent {
        eprintln!("cannot ask root: {error}");
        return exit_code::UNAVAILABLE;
    }
    let deadline = Instant::now() + ANSWER;
    while Instant::now() < deadline {
        let asked = word.load(Ordering::SeqCst);
        let kept = running.metadata(tree, ring.consumer);
        if (asked != before || count == 0)
            && let Some((metadata, _)) = kept.filter(|(kept, _)| kept.has_answered(asked))
        {
            println!("{} dead letters are to be delivered again", metadata.replays());
            return exit_code::DONE;
        }
        // Neither root nor the daemon knows of this process, so neither could wake it.
        std::thread::sleep(Duration::from_millis(5));
    }
    eprintln!("{} has not answered; it will deliver them when it next waits", shown(tree, ring.consumer));
    exit_code::UNAVAILABLE
}

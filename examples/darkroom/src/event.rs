//! What the tree tells its front while it works: one line for each event, on standard output.
//!
//! The lines are for the eyes of whoever waits. A daemon that dies in the wrong moment leaves one
//! out or says it twice, so nothing is counted by them; counts come whole, in each tally.

use perennial::Text;
use std::fmt::{self, Write};
use std::os::fd::AsFd;

/// Something worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A daemon begins its work.
    Born {
        /// Its name.
        daemon: &'a str,
        /// Number of its incarnation, from 1.
        generation: u64,
        /// Its PID.
        pid: u32,
    },
    /// A job was set aside.
    SetAside {
        /// Its file.
        name: &'a str,
        /// Why, for people.
        why: &'a str,
    },
    /// So many jobs have an end.
    Tally {
        /// All of them.
        done: u64,
        /// Those set aside among them.
        set_aside: u64,
    },
    /// There is no room for this job, nor for any behind it.
    Full {
        /// Its file.
        name: &'a str,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Born { daemon, generation, pid } => write!(f, "born\t{daemon}\t{generation}\t{pid}"),
            Self::SetAside { name, why } => write!(f, "aside\t{name}\t{why}"),
            Self::Tally { done, set_aside } => write!(f, "tally\t{done}\t{set_aside}"),
            Self::Full { name } => write!(f, "full\t{name}"),
        }
    }
}

impl<'a> Event<'a> {
    /// Reads a line, without its end; None for one that no event has written.
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut parts = line.split('\t');
        let mut next = || parts.next();
        let event = match next()? {
            "born" => {
                Self::Born { daemon: next()?, generation: next()?.parse().ok()?, pid: next()?.parse().ok()? }
            }
            "aside" => Self::SetAside { name: next()?, why: next()? },
            "tally" => Self::Tally { done: next()?.parse().ok()?, set_aside: next()?.parse().ok()? },
            "full" => Self::Full { name: next()? },
            _ => return None,
        };
        next().is_none().then_some(event)
    }

    /// Writes the line with one call, so that lines of several processes do not mix. It takes no
    /// memory. That nobody listens is no fault.
    pub fn tell(&self, to: impl AsFd) {
        let mut line = Text::<500>::EMPTY;
        let _ = write!(line, "{self}");
        let mut bytes = [0; 501];
        let mut len = 0;
        for byte in line.bytes() {
            // A message of a panic may have several lines; an event has one.
            bytes[len] = if byte == b'\n' { b' ' } else { byte };
            len += 1;
        }
        bytes[len] = b'\n';
        let _ = nix::unistd::write(to, &bytes[..=len]);
    }
}

#[cfg(test)]
mod tests {
    use super::Event;
    use std::io::Read;

    #[test]
    fn what_is_told_is_read_back() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let events = [
            Event::Born { daemon: "Intake", generation: 3, pid: 77 },
            Event::SetAside { name: "a b.jpg", why: "it is damaged" },
            Event::Tally { done: 9, set_aside: 2 },
            Event::Full { name: "ä.png" },
        ];
        for event in &events {
            event.tell(&writer);
        }
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let read: Vec<_> = text.lines().filter_map(Event::parse).collect();
        assert_eq!(read, events);
    }

    #[test]
    fn one_event_is_one_line() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let why = &"two\nlines ".repeat(100);
        Event::SetAside { name: "x", why }.tell(&writer);
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for line in ["", "born\tIntake\t1", "tally\t1\tx", "full\ta\tb", "hello"] {
            assert_eq!(Event::parse(line), None, "{line:?}");
        }
    }
}

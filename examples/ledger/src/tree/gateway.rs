//! The gateway: hands on every line of the file once, whatever happens to itself.

use super::{Kind, Line, Place, RING};
use ledger::booking::{HEADING, LONGEST};
use ledger::books::BOOKINGS;
use perennial::prelude::*;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Reads the file. How far it has come commits together with the lines it has pushed.
#[daemon(
    mem = "256KiB",
    heap = "64KiB",
    scratch = "4KiB",
    max_restarts = 500,
    within = "1s",
    backoff = "0ms"
)]
pub struct Gateway {
    /// Bytes of the file that are handed on.
    offset: u64,
    /// Lines, headings and empty ones included.
    number: u32,
    has_ended: bool,
    lines: Producer<Line, RING>,
}

impl Daemon for Gateway {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let mut file = BufReader::new(File::open(Place::of(me)?.0.join(BOOKINGS))?);
        file.seek(SeekFrom::Start(*me.state().offset))?;
        while !*me.state().has_ended && me.wait_for(&Wait::new().room())?.is_running() {
            let number = *me.state().number + 1;
            let (line, bytes) = read_line(&mut file, number)?;
            me.update(|s| {
                *s.offset += bytes;
                *s.number = number;
                *s.has_ended = line.kind == Kind::End;
                if is_blank(&line) {
                    return Ok(());
                }
                s.lines.push(line).map_err(|_| Error::new("there was room, and nobody else pushes"))
            })?;
        }
        me.wait_for_stop()
    }
}

/// Whether there is nothing to book in it: an empty line, or the heading.
fn is_blank(line: &Line) -> bool {
    let is_heading = line.number == 1 && line.text.trim_start_matches(BYTE_ORDER_MARK) == HEADING;
    line.kind == Kind::Whole && (line.text.trim_ascii().is_empty() || is_heading)
}

/// What spreadsheets put before the first line.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The next line, or that there is none, and how many bytes of the file it takes.
fn read_line(file: &mut impl BufRead, number: u32) -> io::Result<(Line, u64)> {
    let mut bytes = Vec::with_capacity(LONGEST + 2);
    // With room for the end of a line, be it one byte or two.
    let mut taken = file.by_ref().take(LONGEST as u64 + 2).read_until(b'\n', &mut bytes)?;
    if taken == LONGEST + 2 && !bytes.ends_with(b"\n") {
        taken += file.skip_until(b'\n')?;
    }
    if taken == 0 {
        return Ok((Line::end(), 0));
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = str::from_utf8(line).ok().and_then(|text| Text::new(text).ok());
    Ok((Line::new(number, text), taken as u64))
}

#[cfg(test)]
mod tests {
    use super::{Kind, LONGEST, is_blank, read_line};

    #[test]
    fn lines_are_cut_at_their_ends_only() {
        let longest = "x".repeat(LONGEST);
        let far = "y".repeat(100_000);
        let file = format!("date,a\r\n\n{longest}\r\n{longest}z\n{far}\nlast");
        let mut rest = file.as_bytes();
        let mut seen = Vec::new();
        let mut total = 0;
        loop {
            let (line, bytes) = read_line(&mut rest, seen.len() as u32 + 1).unwrap();
            total += bytes;
            assert_eq!(file.len() as u64 - total, rest.len() as u64);
            if line.kind == Kind::End {
                break;
            }
            seen.push((line.kind == Kind::Whole, line.text.len(), is_blank(&line)));
        }
        let whole = |len| (true, len, false);
        let cut = (false, 0, false);
        assert_eq!(seen, [whole(6), (true, 0, true), whole(LONGEST), cut, cut, whole(4)]);
        let (line, _) = read_line(&mut &b"\xff,1\n"[..], 1).unwrap();
        assert!(line.kind == Kind::Unreadable);
    }
}

//! What a person sees while the darkroom works: plain sentences and a progress bar.
//!
//! On a terminal one line is redrawn in place, otherwise a line is written every so often. After
//! start-up memory is scarce, so every line is made in a buffer on the stack and written with one
//! call.

use nix::errno::Errno;
use nix::unistd::write as write_out;
use std::fmt::{self, Write};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

/// The longest line.
const LINE: usize = 240;

/// Without a terminal, how long nothing is said at least.
const PAUSE: Duration = Duration::from_secs(2);

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Jobs there are.
    pub total: u64,
    /// Jobs with an end, set aside or not.
    pub done: u64,
    /// Jobs set aside.
    pub set_aside: u64,
    /// Daemons started again.
    pub restarts: u64,
}

/// Tells how far the work is, on standard error.
#[derive(Debug)]
pub struct Progress {
    terminal: bool,
    drawn: bool,
    last: Option<(Instant, Tally)>,
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Looks once whether standard error is a terminal.
    pub fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), drawn: false, last: None }
    }

    /// Shows how far the work is. Call it as often as you like; what did not change is not shown
    /// again. Nobody at the other end is no fault.
    pub fn draw(&mut self, tally: Tally) {
        let changed = self.last.is_none_or(|(_, last)| last != tally);
        let due = self.last.is_none_or(|(at, _)| at.elapsed() >= PAUSE);
        let finished = tally.total > 0 && tally.done == tally.total;
        if !changed || !(self.terminal || due || finished) {
            return;
        }
        let mut line = Line::new();
        if self.terminal {
            line.bar(tally, columns());
        } else {
            line.plain(tally);
        }
        send(line.as_bytes());
        self.drawn = self.terminal;
        self.last = Some((Instant::now(), tally));
    }

    /// Says a sentence on a line of its own; the bar, if there is one, moves below it.
    pub fn say(&mut self, sentence: fmt::Arguments<'_>) {
        let mut line = Line::new();
        if self.drawn {
            line.push("\r\x1b[K");
        }
        // What does not fit is cut.
        let _ = line.write_fmt(sentence);
        line.end();
        send(line.as_bytes());
        if let Some((_, tally)) = self.last.filter(|_| self.drawn) {
            let mut line = Line::new();
            line.bar(tally, columns());
            send(line.as_bytes());
        }
    }

    /// Leaves the bar as it stands and goes to the next line.
    pub fn finish(&mut self) {
        if self.drawn {
            send(b"\n");
            self.drawn = false;
        }
    }
}

/// A line in the making, cut where the buffer ends.
struct Line {
    bytes: [u8; LINE],
    len: usize,
}

impl Line {
    fn new() -> Self {
        Self { bytes: [0; LINE], len: 0 }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, text: &str) {
        for letter in text.chars() {
            let mut encoded = [0; 4];
            let encoded = letter.encode_utf8(&mut encoded).as_bytes();
            // A letter fits whole or not at all; the last byte is kept for the line's end.
            if self.len + encoded.len() >= LINE {
                return;
            }
            self.bytes[self.len..self.len + encoded.len()].copy_from_slice(encoded);
            self.len += encoded.len();
        }
    }

    fn end(&mut self) {
        self.bytes[self.len] = b'\n';
        self.len += 1;
    }

    fn plain(&mut self, tally: Tally) {
        self.counts(tally);
        self.end();
    }

    fn counts(&mut self, tally: Tally) {
        let Tally { total, done, set_aside, restarts } = tally;
        let _ = write!(self, "{done} of {total} done, {set_aside} set aside, {restarts} restarts");
    }

    /// The bar, never wider than the terminal: a line that wraps cannot be redrawn in place.
    fn bar(&mut self, tally: Tally, columns: usize) {
        let mut counts = Self::new();
        counts.counts(tally);
        self.push("\r");
        // The brackets, a space and the last column, which some terminals wrap at.
        let width = columns.saturating_sub(counts.len + 4).min(40);
        if width >= 8 {
            let full = (tally.done * width as u64).checked_div(tally.total).unwrap_or(0).min(width as u64);
            self.push("[");
            for column in 0..width as u64 {
                self.push(if column < full { "#" } else { "-" });
            }
            self.push("] ");
        }
        let room = columns.saturating_sub(1).min(counts.len);
        self.push(std::str::from_utf8(&counts.as_bytes()[..room]).unwrap_or_default());
        self.push("\x1b[K");
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

/// The width of the terminal on standard error, asked each time since windows change.
fn columns() -> usize {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the request fills a winsize, and this is one.
    let asked = unsafe { libc::ioctl(libc::STDERR_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    match size.ws_col {
        // A terminal that does not say, as over a serial line.
        0 => 80,
        _ if asked < 0 => 80,
        columns => usize::from(columns),
    }
}

/// Writes past the standard library's buffers. A reader that went away must not end the work.
fn send(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match write_out(io::stderr(), bytes) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE, Line, Progress, Tally};
    use std::fmt::Write;

    const TALLY: Tally = Tally { total: 10, done: 5, set_aside: 1, restarts: 2 };

    fn bar(tally: Tally, columns: usize) -> String {
        let mut line = Line::new();
        line.bar(tally, columns);
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_bar_shows_the_share() {
        assert_eq!(
            bar(TALLY, 80),
            format!("\r[{}{}] 5 of 10 done, 1 set aside, 2 restarts\x1b[K", "#".repeat(19), "-".repeat(20))
        );
        assert!(!bar(Tally::default(), 80).contains('#'));
        let over = Tally { done: 99, ..TALLY };
        assert!(!bar(over, 80).contains('-'));
    }

    #[test]
    fn the_bar_never_wraps() {
        for columns in 0..300 {
            let shown = bar(TALLY, columns);
            let shown = shown.trim_start_matches('\r').trim_end_matches("\x1b[K");
            assert!(shown.len() < columns.max(1), "{columns}: {shown}");
        }
    }

    #[test]
    fn a_long_line_is_cut_at_a_letter() {
        let mut line = Line::new();
        for _ in 0..LINE {
            write!(line, "ä").unwrap();
        }
        line.end();
        let text = std::str::from_utf8(line.as_bytes()).unwrap();
        assert!(text.ends_with("ä\n") && text.len() >= LINE - 1);
    }

    #[test]
    fn without_a_terminal_lines_are_rare() {
        let mut progress = Progress { terminal: false, drawn: false, last: None };
        progress.draw(TALLY);
        let first = progress.last.unwrap();
        progress.draw(Tally { done: 6, ..TALLY });
        assert_eq!(progress.last.unwrap(), first);
        progress.draw(Tally { done: 10, ..TALLY });
        assert_eq!(progress.last.unwrap().1.done, 10);
        progress.say(format_args!("a sentence"));
        progress.finish();
    }
}

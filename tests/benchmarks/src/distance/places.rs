//! Where in the source an address of a program is, by its debug information: where code was inlined from a library, the
//! function of the project that it was inlined into.

use crate::Result;
use object::{Object as _, ObjectSegment as _};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is inlined everywhere and says nothing by itself: the function that it was inlined into counts.
const HELPERS: [&str; 2] = ["runtime/src/commit/bytes.rs", "runtime/src/commit/record.rs"];

/// File and function at each of these places in `program`, which are offsets in its file.
pub fn of(program: &Path, offsets: &[u64]) -> Result<Vec<(String, String)>> {
    let bytes = std::fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let address = |offset: u64| {
        let segment = image.segments().find(|segment| {
            let (start, size) = segment.file_range();
            (start..start + size).contains(&offset)
        });
        segment.map_or(0, |segment| offset - segment.file_range().0 + segment.address())
    };
    let addresses: Vec<u64> = offsets.iter().map(|offset| address(*offset)).collect();
    let mut tool = Command::new("addr2line")
        .args(["--functions", "--demangle", "--inlines", "--addresses", "--exe"])
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("addr2line, of binutils: {error}"))?;
    let mut input = tool.stdin.take().ok_or("a pipe is missing")?;
    let writer =
        std::thread::spawn(move || addresses.iter().try_for_each(|address| writeln!(input, "{address:#x}")));
    let output = tool.wait_with_output()?;
    writer.join().map_err(|_| "addr2line was not told all")??;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split("\n0x").filter(|text| !text.trim().is_empty()).map(innermost).collect())
}

/// Of the address that begins `text`, and is followed by its frames, innermost first.
fn innermost(text: &str) -> (String, String) {
    let lines: Vec<&str> = text.lines().skip(1).collect();
    let frames: Vec<(&str, &str)> = lines.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let ours = || {
        frames.iter().filter_map(|(function, place)| {
            let at = ["/runtime/src/", "/tests/"].iter().find_map(|folder| place.find(folder))?;
            Some((function, &place[at + 1..]))
        })
    };
    let helps = |place: &str| HELPERS.iter().any(|file| place.starts_with(file));
    let own = ours().find(|(_, place)| !helps(place)).or_else(|| ours().next());
    let (function, place) =
        own.or(frames.last().map(|(function, place)| (function, *place))).unwrap_or((&"?", "?"));
    let file = place.split(':').next().unwrap_or(place);
    // Of a library, its folder and what is below; of the standard library, as the compiler names it.
    let file = file
        .split_once("/registry/src/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map_or(file, |(_, file)| file);
    (file.to_owned(), short(function))
}

/// The last two parts of a function's name, without what it is generic over.
fn short(function: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in function.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let parts: Vec<&str> = plain.split("::").filter(|part| !part.is_empty()).collect();
    parts[parts.len().saturating_sub(2)..].join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_frame_of_the_project_counts() {
        let text = "0x10\ncopy_nonoverlapping<u8>\n/rustc/1/library/core/src/ptr/mod.rs:1\n\
                    perennial::commit::history::History<A>::fill\n/p/runtime/src/commit/history.rs:7 (discriminator 2)\n";
        let (file, function) = innermost(text);
        assert_eq!((file.as_str(), function.as_str()), ("runtime/src/commit/history.rs", "History::fill"));
    }
}

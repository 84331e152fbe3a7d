//! What the instructions of an operation belong to: the functions of the program, inlined ones too, by its debug
//! information.

use super::{Steps, TREE};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::process::{Command, Stdio};

/// How many instructions each function took by itself, and at which line most of them are, most first. All are
/// accounted for: those of shared libraries by the library's name.
pub fn functions(steps: &Steps) -> Vec<(usize, String)> {
    let mut counts: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for step in &steps.at {
        let (image, address) = steps.images.iter().find_map(|image| image.place(*step)).unwrap_or(("?", 0));
        *counts.entry((image, address)).or_default() += 1;
    }
    let own: Vec<u64> =
        counts.keys().filter(|(image, _)| *image == TREE).map(|(_, address)| *address).collect();
    let names: HashMap<u64, (String, String)> = own.iter().copied().zip(symbols(&own)).collect();
    let mut functions: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for ((image, address), count) in counts {
        let (name, line) = match names.get(&address).filter(|_| image == TREE) {
            Some((name, line)) => (name.clone(), line.clone()),
            None => (image.rsplit('/').next().unwrap_or(image).to_owned(), String::new()),
        };
        let function = functions.entry(name).or_default();
        function.0 += count;
        *function.1.entry(line).or_default() += count;
    }
    let mut list: Vec<_> = functions
        .into_iter()
        .map(|(name, (count, lines))| {
            let mut lines: Vec<_> = lines.into_iter().filter(|(line, _)| !line.is_empty()).collect();
            lines.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let lines: Vec<_> = lines.iter().take(6).map(|(line, count)| format!("{line} {count}")).collect();
            (count, format!("{name}  ({})", lines.join(", ")))
        })
        .collect();
    list.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    list
}

/// Function and line of each address: where the code was inlined from a library, those that it was inlined into.
fn symbols(addresses: &[u64]) -> Vec<(String, String)> {
    let mut tool = Command::new("addr2line")
        .args(["--exe", TREE, "--functions", "--demangle", "--inlines", "--addresses"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("addr2line, of binutils");
    let mut input = tool.stdin.take().expect("a pipe");
    let text: String = addresses.iter().map(|address| format!("{address:#x}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = tool.wait_with_output().expect("addr2line ends");
    writer.join().expect("it was written").expect("addr2line reads");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split("\n0x").map(innermost).collect()
}

/// Of the address that begins `text`, and is followed by its frames, innermost first.
fn innermost(text: &str) -> (String, String) {
    let lines: Vec<&str> = text.lines().skip(1).collect();
    let frames: Vec<(&str, &str)> =
        lines.chunks_exact(2).map(|pair| (pair[0], pair[1].split(" (").next().unwrap_or_default())).collect();
    let ours =
        frames.iter().find(|(_, place)| !place.starts_with("/rustc/") && !place.contains("/registry/"));
    let (name, place) = ours.or(frames.last()).copied().unwrap_or(("?", ""));
    (name.to_owned(), place.rsplit('/').next().unwrap_or(place).to_owned())
}

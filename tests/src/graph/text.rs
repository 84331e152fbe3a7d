//! What objdump says of a binary.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// Runs objdump.
///
/// # Panics
/// Where there is none, or it refuses the binary.
pub(super) fn objdump(arguments: &[&str], binary: &Path) -> String {
    let output = Command::new("objdump").args(arguments).arg(binary).output();
    let output = output.expect("objdump runs; install the package `binutils`, or run .ci/setup");
    assert!(output.status.success(), "objdump: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a slot of the global offset table, or any other relocated word, holds at run time.
#[derive(Debug)]
pub(super) enum Slot {
    /// The address of a library's symbol.
    Library(String),
    /// An address of the binary.
    Own(u64),
}

/// All relocated words.
pub(super) fn slots(binary: &Path) -> HashMap<u64, Slot> {
    let text = objdump(&["-R", "-w"], binary);
    let parse = |line: &str| {
        let mut words = line.split_whitespace();
        let (place, kind, value) = (hexadecimal(words.next()?)?, words.next()?, words.next()?);
        let slot = match value.strip_prefix("*ABS*+") {
            Some(address) => Slot::Own(hexadecimal(address)?),
            None if kind.starts_with("R_X86_64_") => {
                Slot::Library(value.split('@').next().unwrap_or(value).to_owned())
            }
            None => return None,
        };
        Some((place, slot))
    };
    text.lines().filter_map(parse).collect()
}

pub(super) fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).ok()
}

/// `0000000000044fe0 <name>:`
pub(super) fn header(line: &str) -> Option<(u64, &str)> {
    let (address, name) = line.strip_suffix(">:")?.split_once(" <")?;
    Some((hexadecimal(address)?, name))
}

/// One instruction, as in `44fe0: push %rbp`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction<'a> {
    pub address: u64,
    /// All of it.
    pub code: &'a str,
    /// The mnemonic.
    pub verb: &'a str,
    /// Its operands, without the disassembler's remark.
    pub operands: &'a str,
    /// The address that an operand relative to the instruction means: `# 9e540 <name>`.
    pub computed: Option<u64>,
}

const PREFIXES: [&str; 7] = ["notrack ", "bnd ", "lock ", "rep ", "repz ", "data16 ", "cs "];

impl<'a> Instruction<'a> {
    pub fn read(line: &'a str) -> Option<Self> {
        let (address, code) = line.split_once(":\t")?;
        let address = hexadecimal(address.trim())?;
        let mut code = code.trim();
        while let Some(rest) = PREFIXES.iter().find_map(|prefix| code.strip_prefix(prefix)) {
            code = rest.trim_start();
        }
        let (verb, rest) = code.split_once(' ').unwrap_or((code, ""));
        let (operands, remark) = rest.split_once("# ").unwrap_or((rest, ""));
        let computed = remark.split_whitespace().next().and_then(hexadecimal);
        Some(Self { address, code, verb, operands: operands.trim(), computed })
    }

    pub fn calls(&self) -> bool {
        self.verb.starts_with("call")
    }

    pub fn jumps(&self) -> bool {
        self.verb.starts_with('j')
    }

    /// Whether the code behind it may run next.
    pub fn goes_on(&self) -> bool {
        !(self.verb.starts_with("jmp") || self.verb.starts_with("ret") || self.verb.starts_with("ud2"))
    }

    /// Whether it does nothing, as what fills the gap before a jump's target.
    pub fn is_padding(&self) -> bool {
        self.verb.starts_with("nop") || self.code.ends_with("xchg   %ax,%ax") || self.verb == "int3"
    }

    /// Where it goes, if it says so: `call 4e310 <name>`.
    pub fn target(&self) -> Option<u64> {
        if !(self.calls() || self.jumps()) || self.operands.starts_with('*') {
            return None;
        }
        hexadecimal(self.operands.split_whitespace().next()?)
    }

    /// The register through which it goes: `call *%r13`.
    pub fn through(&self) -> Option<&'a str> {
        self.operands.strip_prefix("*%").filter(|_| self.calls() || self.jumps())
    }

    /// The register that it copies to another: `mov %r15,%r12`.
    pub fn source(&self) -> Option<&'a str> {
        let (from, to) = self.operands.split_once(',')?;
        (self.verb == "mov" && to.starts_with("%r")).then_some(from)?.strip_prefix("%r").map(|_| &from[1..])
    }

    /// Its last operand, which is what it changes.
    pub fn destination(&self) -> &'a str {
        let end = self.operands.rsplit(',').next().unwrap_or("");
        end.trim()
    }
}

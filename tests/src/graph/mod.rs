//! The static call graph of a linked binary, from its disassembly: what a function can reach, and
//! where it goes to an address that only the running program knows.
//!
//! An edge is a direct call or jump, a call through a slot that the linker's relocations resolve, and the mere
//! taking of a function's address. A jump whose target was taken from a table of offsets is a `match` of the
//! function's own; a call through a register is resolved where every way to it loads the register from
//! such a slot. Everything else is reported, and the caller has to explain it.

mod memory;
mod origin;
mod text;

use memory::Memory;
use origin::Body;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use text::{Instruction, Slot, header};

/// A call or jump through a register or through memory whose target is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Indirect {
    /// The function it is in.
    pub function: String,
    /// The instruction.
    pub instruction: String,
    /// Where it is.
    pub address: u64,
    /// Whether no code follows that returning would lead to: the compiler knows that the callee does not return.
    pub last: bool,
}

/// One function.
#[derive(Debug, Default)]
struct Function {
    name: String,
    /// Where something is called, and what.
    targets: Vec<(u64, u64)>,
    libraries: Vec<(u64, String)>,
    indirect: Vec<Indirect>,
}

/// The call graph of one binary.
#[derive(Debug)]
pub struct Graph {
    functions: BTreeMap<u64, Function>,
}

/// A call of one function by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Who is called.
    pub callee: String,
    /// Who calls.
    pub caller: String,
    /// The address of the call.
    pub address: u64,
}

/// What can be reached from some function.
#[derive(Debug, Default)]
pub struct Reach {
    /// Functions of the binary.
    pub functions: BTreeSet<String>,
    /// Functions of shared libraries, and who calls them.
    pub libraries: BTreeSet<Call>,
    /// Calls of functions at which the search stopped.
    pub stopped: BTreeSet<Call>,
    /// Calls and jumps to unknown places.
    pub indirect: BTreeSet<Indirect>,
}

impl Graph {
    /// Reads `binary`, an unstripped program for x86-64.
    ///
    /// # Panics
    /// Where it cannot be disassembled.
    pub fn of(binary: &Path) -> Self {
        let slots = text::slots(binary);
        let memory = Memory::of(binary);
        let text = text::objdump(&["-d", "-C", "-w", "--no-show-raw-insn"], binary);
        let mut found: BTreeMap<u64, (&str, Vec<Instruction<'_>>)> = BTreeMap::new();
        let mut now = 0;
        for line in text.lines() {
            if let Some((address, name)) = header(line) {
                now = address;
                found.insert(address, (name, Vec::new()));
            } else if let (Some(instruction), Some((_, code))) =
                (Instruction::read(line), found.get_mut(&now))
            {
                code.push(instruction);
            }
        }
        assert!(found.len() > 100, "the binary was disassembled");
        let starts: BTreeSet<u64> = found.keys().copied().collect();
        let functions = found
            .iter()
            .map(|(&address, (name, code))| (address, Function::of(name, code, &slots, &starts, &memory)))
            .collect();
        Self { functions }
    }

    /// The names of all functions that `matches`.
    pub fn named(&self, matches: impl Fn(&str) -> bool) -> Vec<&str> {
        let names = self.functions.values().map(|function| function.name.as_str());
        names.filter(|name| matches(name)).collect()
    }

    /// What can be reached from every function whose name is one of `roots`, without looking into those at which
    /// to `stop`.
    pub fn reach(&self, roots: &[&str], stop: impl Fn(&str) -> bool) -> Reach {
        let mut reach = Reach::default();
        let is_root = |entry: &(&u64, &Function)| roots.contains(&entry.1.name.as_str());
        let mut open: Vec<u64> = self.functions.iter().filter(is_root).map(|(&address, _)| address).collect();
        let mut seen: BTreeSet<u64> = open.iter().copied().collect();
        while let Some(start) = open.pop() {
            let function = &self.functions[&start];
            reach.functions.insert(function.name.clone());
            reach.indirect.extend(function.indirect.iter().cloned());
            let call = |callee: &str, address| Call {
                callee: callee.to_owned(),
                caller: function.name.clone(),
                address,
            };
            reach.libraries.extend(function.libraries.iter().map(|(site, name)| call(name, *site)));
            for &(site, target) in &function.targets {
                // A jump into the middle of a function belongs to the function.
                let Some((&start, callee)) = self.functions.range(..=target).next_back() else { continue };
                if let Some(name) = callee.name.strip_suffix("@plt") {
                    // The linker's stub of a library's function stands for it.
                    reach.libraries.insert(call(name, site));
                } else if stop(&callee.name) {
                    reach.stopped.insert(call(&callee.name, site));
                } else if seen.insert(start) {
                    open.push(start);
                }
            }
        }
        reach
    }
}

impl Function {
    fn of(
        name: &str,
        code: &[Instruction<'_>],
        slots: &HashMap<u64, Slot>,
        starts: &BTreeSet<u64>,
        memory: &Memory,
    ) -> Self {
        let mut this = Self { name: name.to_owned(), ..Self::default() };
        let body = Body::of(code, memory);
        for (at, instruction) in code.iter().enumerate() {
            // The address of a slot is not what the slot holds.
            let slot = instruction.computed.filter(|_| instruction.verb != "lea");
            let slot = slot.and_then(|address| slots.get(&address));
            let moves = instruction.calls() || instruction.jumps();
            match slot {
                Some(Slot::Own(target)) if moves || starts.contains(target) => {
                    this.targets.push((instruction.address, *target));
                }
                Some(Slot::Library(name)) => {
                    this.libraries.push((instruction.address, name.clone()));
                }
                _ if moves => match instruction.target() {
                    Some(target) => {
                        this.targets.push((instruction.address, target));
                    }
                    None if body.is_table(at) || is_resolved(&body, at, slots) => {}
                    None => this.indirect.push(Indirect {
                        function: name.to_owned(),
                        instruction: instruction.code.to_owned(),
                        address: instruction.address,
                        last: code.get(at + 1).is_none_or(|next| ["ud2", "int3"].contains(&next.verb)),
                    }),
                },
                // A function whose address is taken may be called by whoever gets it.
                _ => {
                    let taken = instruction.computed.filter(|address| starts.contains(address));
                    this.targets.extend(taken.map(|target| (instruction.address, target)));
                }
            }
        }
        this
    }
}

/// Whether a call through a register can only go where a resolved slot says; the edge stands where the slot is
/// loaded.
fn is_resolved(body: &Body<'_>, at: usize, slots: &HashMap<u64, Slot>) -> bool {
    let load = |one: &Instruction<'_>| {
        one.verb.starts_with("mov") && one.computed.is_some_and(|address| slots.contains_key(&address))
            || one.verb == "lea" && one.computed.is_some()
    };
    body.comes_from(at, load)
}

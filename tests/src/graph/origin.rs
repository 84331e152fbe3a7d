//! Where the value of a register comes from: compilers load a function's address once and call it through the
//! register many times.

use super::memory::Memory;
use super::text::Instruction;
use std::collections::{HashMap, HashSet};

/// The code of one function and the ways through it.
pub(super) struct Body<'a> {
    code: &'a [Instruction<'a>],
    /// For each instruction those that jump to it.
    jumps: HashMap<u64, Vec<usize>>,
    /// Jumps through tables that could not be read, which may lead anywhere in the function.
    tables: Vec<usize>,
}

impl<'a> Body<'a> {
    pub fn of(code: &'a [Instruction<'a>], memory: &Memory) -> Self {
        let mut jumps: HashMap<u64, Vec<usize>> = HashMap::new();
        let mut tables = Vec::new();
        for (index, instruction) in code.iter().enumerate() {
            if !instruction.jumps() {
                continue;
            }
            match instruction.target() {
                Some(target) => jumps.entry(target).or_default().push(index),
                None => tables.push(index),
            }
        }
        let mut this = Self { code, jumps, tables };
        let found: Vec<_> = this.tables.iter().map(|&at| (at, this.targets(at, memory))).collect();
        this.tables.clear();
        for (at, targets) in found {
            if targets.is_empty() {
                this.tables.push(at);
            }
            for target in targets {
                this.jumps.entry(target).or_default().push(at);
            }
        }
        this
    }

    /// Where a jump through a table may lead: the table's offsets are read for as long as they lead into the function,
    /// so that what follows the table may be taken for a part of it, but nothing of it is missed.
    fn targets(&self, at: usize, memory: &Memory) -> Vec<u64> {
        let Some(table) = self.table(at) else { return Vec::new() };
        let starts: HashSet<u64> = self.code.iter().map(|instruction| instruction.address).collect();
        (0..)
            .map_while(|index| memory.offset(table + 4 * index))
            .map(|offset| table.wrapping_add_signed(offset.into()))
            .take_while(|target| starts.contains(target))
            .collect()
    }

    /// The address of the table that a jump goes through, as it is loaded just before: `lea table,%a`,
    /// `movslq (%a,%b,4),%c`, `add %a,%c`, `jmp *%c`.
    fn table(&self, at: usize) -> Option<u64> {
        let register = aliases(self.code[at].through()?);
        let straight = || self.code[..at].iter().rev().take_while(|one| !one.jumps()).take(WINDOW);
        let add = straight().find(|one| one.verb == "add" && register[0] == one.destination())?;
        let base = add.operands.split(',').next()?;
        straight()
            .skip_while(|one| one.address != add.address)
            .find(|one| one.destination() == base && one.verb != "cmp")
            .filter(|one| one.verb == "lea")?
            .computed
    }

    /// Whether a jump through a register takes its target from a table of offsets, as a `match` does: it was
    /// loaded by an index, and the table's address added.
    pub fn is_table(&self, at: usize) -> bool {
        let Some(register) = self.code[at].through() else { return false };
        let all = |at: usize, is: &dyn Fn(usize) -> bool| {
            self.origins(register, at)
                .is_some_and(|found| !found.is_empty() && found.iter().all(|&one| is(one)))
        };
        let loads = |one: usize| self.code[one].verb == "movslq" && self.code[one].operands.contains(",4),");
        self.code[at].verb == "jmp" && all(at, &|one| self.code[one].verb == "add" && all(one, &loads))
    }

    /// Whether a call or jump through a register gets its target from instructions that are `known` alone, directly
    /// or by way of other registers.
    pub fn comes_from(&self, at: usize, known: impl Fn(&Instruction<'_>) -> bool) -> bool {
        let Some(register) = self.code[at].through() else { return false };
        let mut open = vec![(register, at)];
        let mut seen = HashSet::new();
        let mut loads = 0;
        while let Some((register, at)) = open.pop() {
            let Some(found) = self.origins(register, at) else { return false };
            for origin in found.into_iter().filter(|&origin| seen.insert(origin)) {
                let instruction = &self.code[origin];
                match instruction.source() {
                    _ if known(instruction) => loads += 1,
                    Some(source) => open.push((source, origin)),
                    None => return false,
                }
            }
        }
        loads > 0
    }

    /// Every instruction that may have given a register the value that it has at `at`; `None` where one of them
    /// cannot be told.
    fn origins(&self, register: &str, at: usize) -> Option<Vec<usize>> {
        let names = aliases(register);
        let mut seen = HashSet::new();
        let mut open = self.before(at)?;
        let mut found = Vec::new();
        while let Some(index) = open.pop() {
            if !seen.insert(index) {
                continue;
            }
            let instruction = &self.code[index];
            if changes(instruction, &names) {
                found.push(index);
            } else if instruction.calls() && !PRESERVED.contains(&names[0].as_str()) {
                return None;
            } else {
                open.extend(self.before(index)?);
            }
        }
        Some(found)
    }

    /// What may have run before an instruction; `None` for the first of the function.
    fn before(&self, at: usize) -> Option<Vec<usize>> {
        let mut all = self.jumps.get(&self.code[at].address).cloned().unwrap_or_default();
        match at.checked_sub(1) {
            Some(previous) if self.code[previous].goes_on() => all.push(previous),
            // Nobody jumps to it: a table does, unless it is there to fill a gap.
            Some(_) if all.is_empty() && !self.code[at].is_padding() => all.extend(&self.tables),
            Some(_) => {}
            None => return None,
        }
        Some(all)
    }
}

/// How many instructions before a jump its table is loaded at most.
const WINDOW: usize = 32;

/// Registers that a callee leaves as they were.
const PRESERVED: [&str; 6] = ["%rbx", "%rbp", "%r12", "%r13", "%r14", "%r15"];

/// The names of a register and its parts, the whole first.
fn aliases(register: &str) -> Vec<String> {
    match register.strip_prefix('r') {
        Some(number) if number.parse::<u8>().is_ok() => {
            ["", "d", "w", "b"].map(|end| format!("%{register}{end}")).to_vec()
        }
        Some(name) => {
            let low = name.trim_end_matches('x');
            let bytes = if name.ends_with('x') { format!("%{low}l") } else { format!("%{name}l") };
            vec![format!("%r{name}"), format!("%e{name}"), format!("%{name}"), bytes]
        }
        None => vec![format!("%{register}")],
    }
}

fn changes(instruction: &Instruction<'_>, names: &[String]) -> bool {
    let reads_only = ["cmp", "test", "push", "bt", "nop", "call", "j"];
    let verb = instruction.verb;
    if verb.starts_with("xchg") || verb.starts_with("cmpxchg") || verb.starts_with("xadd") {
        return names.iter().any(|name| instruction.operands.contains(name.as_str()));
    }
    !reads_only.iter().any(|start| verb.starts_with(start))
        && names.iter().any(|name| instruction.destination() == name)
}

//! From a function's name to its address in a running tree, and back, by the symbol table of the binary.

use object::{Object, ObjectSymbol, SymbolKind};
use std::path::Path;

/// The functions of a binary.
#[derive(Debug)]
pub struct Symbols {
    /// Address, size and name, by address.
    functions: Vec<(u64, u64, String)>,
}

impl Symbols {
    /// Reads `binary`, an unstripped program, that runs at addresses which are higher by `bias` than in the file.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn of(binary: &Path, bias: u64) -> Self {
        let bytes = std::fs::read(binary).expect("the program can be read");
        let file = object::File::parse(&*bytes).expect("the program is an ELF file");
        let texts = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() != 0);
        let mut functions: Vec<_> = texts
            .filter_map(|symbol| {
                // Without the hash.
                let name = format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?));
                Some((symbol.address() + bias, symbol.size(), name))
            })
            .collect();
        functions.sort();
        Self { functions }
    }

    /// The address of the only function whose name contains `part` and ends with `end`.
    ///
    /// # Panics
    /// When there is none, or more than one.
    pub fn address(&self, part: &str, end: &str) -> u64 {
        let fits = |name: &str| name.contains(part) && name.ends_with(end);
        let mut found: Vec<_> = self.functions.iter().filter(|(_, _, name)| fits(name)).collect();
        found.dedup_by_key(|(address, _, _)| *address);
        let [(address, _, _)] = found[..] else {
            panic!("not one function {part}…{end}: {found:?}");
        };
        *address
    }

    /// The function that the address lies in; empty where none is known, as in a shared library.
    pub fn name(&self, address: u64) -> &str {
        let behind = self.functions.partition_point(|(start, _, _)| *start <= address);
        let function = behind.checked_sub(1).and_then(|index| self.functions.get(index));
        function.filter(|(start, size, _)| address - start < *size).map_or("", |(_, _, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_name_and_by_address() {
        let own = std::env::current_exe().expect("this program");
        let symbols = Symbols::of(&own, 1 << 40);
        let address = symbols.address("killpoints::symbols::Symbols", "::of");
        assert!(address > 1 << 40);
        assert!(symbols.name(address).ends_with("Symbols::of"), "{}", symbols.name(address));
        assert_eq!(symbols.name(1), "");
    }
}

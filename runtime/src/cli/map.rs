//! `map`: where the memory goes, from the same constants that the budget check used.

use crate::konst::Words;
use crate::layout::SLOTS;
use crate::root::{Tree, exit_code};
use std::io::Write;

fn bytes(value: usize) -> String {
    Words::new().number(value).as_str().to_owned()
}

/// Prints the memory map; returns the exit code.
pub fn map(tree: &Tree) -> i32 {
    let mut out = std::io::stdout().lock();
    let total = tree.state_size() + tree.slots_size();
    let _ = writeln!(out, "{}: {} of {} bytes declared", tree.name, bytes(total), bytes(tree.mem));
    for (index, daemon) in tree.daemons.iter().enumerate() {
        let layout = &daemon.layout;
        let _ = writeln!(
            out,
            "\n{}: {} of {} bytes (region at {:#x}, share at {:#x})",
            daemon.name,
            bytes(layout.total()),
            bytes(daemon.options.mem),
            tree.region_at(index),
            tree.share_at(index)
        );
        let parts = [
            ("header", crate::layout::IMAGE),
            ("image", layout.journal_at - crate::layout::IMAGE),
            ("journal", layout.record + layout.index),
            ("history", layout.history),
            ("heap", layout.heap),
            ("transactions", SLOTS * layout.slot),
        ];
        for (name, size) in parts {
            let _ = writeln!(out, "  {name:<14} {:>16}", bytes(size));
        }
        let _ = writeln!(out, "  {:<14} {:>16} {:>12}  type", "field", "offset", "bytes");
        for field in daemon.fields {
            let _ = writeln!(
                out,
                "  {:<14} {:>16} {:>12}  {}",
                field.name,
                bytes(field.offset),
                bytes(field.size),
                field.ty
            );
        }
    }
    exit_code::DONE
}

//! `map`: where the memory goes, by the same tables as the error of a budget that is too small.

use crate::konst::Words;
use crate::layout::daemon_table;
use crate::root::{Tree, exit_code, root_table};
use std::io::Write;

fn bytes(value: usize) -> String {
    Words::new().number(value).as_str().to_owned()
}

/// Prints the memory map; returns the exit code.
pub fn map(tree: &Tree) -> i32 {
    let mut out = std::io::stdout().lock();
    let total = tree.state_size() + tree.slots_size();
    let _ = writeln!(out, "{}: {} of {} bytes declared", tree.name, bytes(total), bytes(tree.mem));
    let _ = writeln!(out, "{}", root_table(Words::new(), tree.daemons).as_str().trim_start_matches('\n'));
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
        let table = daemon_table(Words::new(), layout, daemon.fields);
        let _ = writeln!(out, "{}", table.as_str().trim_start_matches('\n'));
    }
    exit_code::DONE
}

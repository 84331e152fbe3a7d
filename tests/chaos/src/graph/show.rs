//! A graph in one line, for whoever reads of a failure.

use super::{Graph, NODES, Part, targets, waits};
use crate::tree::DAEMONS;
use std::fmt;

/// `Ash makes: Birch, Cedar+Date (waits) | …`: names joined by `+` get every message together.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (node, name) in DAEMONS.iter().enumerate().take(NODES) {
            let out = &self.nodes[node];
            let does = match (out.part, out.splits && out.ways.len() > 1) {
                (Part::Source, true) => " makes, one to ",
                (Part::Source, false) => " makes, all to ",
                (Part::Worker, true) => " passes one to ",
                (Part::Worker, false) => " passes all to ",
                (Part::Sink, _) => " keeps",
                (Part::Idle, _) => " idles",
            };
            write!(f, "{}{name}{does}", if node == 0 { "" } else { "; " })?;
            if out.part == Part::Idle {
                continue;
            }
            for (place, &way) in out.ways.iter().enumerate() {
                let names: Vec<&str> = targets(node, way).map(|(to, _)| DAEMONS[to]).collect();
                let between = if place == 0 { "" } else { ", " };
                let patience = if waits(node, way) { " (waits)" } else { "" };
                write!(f, "{between}{}{patience}", names.join("+"))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

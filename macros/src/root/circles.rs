//! Daemons that wait for each other. Those under `cfg` may not be there: the runtime's constants look at them.

use super::daemons::{Dependency, Node, last};
use super::parse::shown;
use crate::shared::Errors;
use proc_macro2::Span;

/// What a daemon waits for whatever the configuration.
fn waits(node: &Node) -> impl Iterator<Item = &Dependency> {
    node.after.iter().filter(|other| other.cfgs.is_empty() && node.cfgs.is_empty())
}

/// Takes away what can be started until nothing is left, or a circle; each is reported once, whole.
pub(super) fn check(nodes: &[Node], errors: &mut Errors) {
    let mut done = vec![false; nodes.len()];
    loop {
        let ready = |i: usize, done: &[bool]| !done[i] && waits(&nodes[i]).all(|other| done[other.on]);
        while let Some(i) = (0..nodes.len()).find(|i| ready(*i, &done)) {
            done[i] = true;
        }
        let Some(first) = done.iter().position(|done| !done) else { return };
        // Each of those left waits for another one left: going from one to the next ends in a circle.
        let mut way = vec![first];
        let circle = loop {
            let next = waits(&nodes[way[way.len() - 1]]).find(|other| !done[other.on]);
            let Some(next) = next else { return };
            if let Some(start) = way.iter().position(|i| *i == next.on) {
                break way.split_off(start);
            }
            way.push(next.on);
        };
        report(&circle, nodes, errors);
        for i in circle {
            done[i] = true;
        }
    }
}

/// Reports a circle from the daemon on that is listed first.
fn report(circle: &[usize], nodes: &[Node], errors: &mut Errors) {
    let start = (0..circle.len()).min_by_key(|i| circle[*i]).unwrap_or(0);
    let (back, front) = circle.split_at(start);
    let order: Vec<usize> = front.iter().chain(back).copied().collect();
    let [first, rest @ ..] = order.as_slice() else { return };
    let second = rest.first().unwrap_or(first);
    let span = waits(&nodes[*first]).find(|other| other.on == *second).map(|other| other.span);
    let name = |i: &usize| last(&nodes[*i].path).map_or_else(String::new, shown);
    let names: Vec<String> = order.iter().chain([first]).map(name).collect();
    errors.at(
        span.unwrap_or_else(Span::call_site),
        format!(
            "these daemons wait for each other, so none of them could start: {}; remove one of the dependencies",
            names.join(" -> ")
        ),
    );
}

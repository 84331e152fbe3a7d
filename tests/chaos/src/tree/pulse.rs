//! Pulses: each node tells the next one, over a ring that drops the oldest, that it lives, and shows how often it has. The
//! next one sees each pulse once and whole, or counts it as missed, and never sees the half of a commit, nor an older one.

use crate::defect::Defect;
use crate::plan::{Plan, mix};
use perennial::daemon::SnapshotError;
use perennial::prelude::*;

/// Pulses that a ring holds.
pub const PULSES: usize = 8;

/// The beat from which on a broken node has something else in its pulse, or does not keep its fields together.
const BROKEN: u64 = 5;

/// As long as several cache lines, and no multiple of a word: all of it says its position.
pub type Pulse = ([u64; 24], u8);

/// What a node has perceived of the one before it.
#[plain]
#[derive(Debug, PartialEq, Eq)]
pub struct Senses {
    /// Pulses that it felt.
    pub felt: u64,
    /// How far the other was when it last looked.
    pub seen: u64,
    /// Times that it looked.
    pub looks: u64,
    /// Pulses and looks that showed what cannot be.
    pub wrong: u64,
}

/// The other's two published fields, which one commit changes together.
pub fn echo(beat: u64) -> u64 {
    mix(0xbea7, beat)
}

fn pulse(position: u64) -> Pulse {
    ([position; 24], position as u8)
}

/// Beats once.
pub fn beat(out: &mut Live<Pulse, PULSES>, beat: &mut u64, shown: &mut u64, plan: &Plan) {
    let position = out.next_position();
    let mut pulse = pulse(position);
    if plan.defect == Some(Defect::Blur) && position >= BROKEN {
        pulse.0[23] += 1;
    }
    out.push(pulse);
    *beat += 1;
    if plan.defect != Some(Defect::Tear) || *beat < BROKEN {
        *shown = echo(*beat);
    }
}

impl Senses {
    /// Feels what there is to feel.
    pub fn feel(&mut self, inbox: &mut LiveReader<Pulse, PULSES>) {
        for _ in 0..PULSES {
            let Some(felt) = inbox.pop() else { return };
            let position = felt.0[0];
            let right = felt == pulse(position) && position == self.felt + inbox.missed();
            self.wrong += u64::from(!right);
            self.felt += 1;
        }
    }

    /// Takes note of a look at the other's beat and its echo.
    pub fn look(&mut self, shown: Result<(u64, u64), SnapshotError>) {
        // Who died within a commit is looked at later.
        let Ok((beat, shown)) = shown else { return };
        // It has not committed yet.
        let right = beat >= self.seen && (shown == echo(beat) || (beat, shown) == (0, 0));
        self.wrong += u64::from(!right);
        self.seen = beat;
        self.looks += 1;
    }
}

//! What a wild store may have written over when a daemon dies, each so that it is known what recovery must make of it.

use super::step::name;
use crate::wild::{store_in_header, word_in_header};
use core::mem::offset_of;
use perennial::layout::{IMAGE, Layout, RegionHeader};
use perennial::state::State;

/// What is written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Nothing.
    None,
    /// The number of the newest commit: there is no such record.
    Published,
    /// How far the newest commit has come: as if it had not been applied.
    Applied,
    /// The same, and a byte of its record.
    Torn,
    /// A byte of the newest record, which is applied.
    Journal,
    /// The sequence lock: as if something were being changed.
    Lock,
    /// The epoch that a reset leads to: as if one were under way.
    Resetting,
    /// The length of the newest entry of the history.
    History,
    /// A field: no value of its type.
    Field,
    /// A field: a value that only the check of the whole state refuses.
    Copy,
    /// The mark of a region that has been used.
    Magic,
}

impl Damage {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::None,
        Self::Published,
        Self::Applied,
        Self::Torn,
        Self::Journal,
        Self::Lock,
        Self::Resetting,
        Self::History,
        Self::Field,
        Self::Copy,
        Self::Magic,
    ];

    /// What the word means.
    pub fn of(word: &str) -> Self {
        let is_it = |damage: &Self| *word == *name(damage).as_str();
        Self::ALL.into_iter().find(is_it).unwrap_or(Self::None)
    }

    /// Whether a commit is made for it first: so that the journal holds its record and nothing of a later attempt, or
    /// so that there is a state to be looked at.
    pub fn is_of_the_newest_record(self) -> bool {
        matches!(self, Self::Applied | Self::Torn | Self::Journal | Self::Copy)
    }

    /// Writes over it, in the calling daemon's own region.
    pub fn inflict<S: State>(self) {
        let layout = Layout::of::<S>();
        let word = |at: usize, change: fn(u64) -> u64| {
            store_in_header(at, &change(word_in_header(at)).to_ne_bytes());
        };
        let field =
            |name: &str| S::FIELDS.iter().find(|field| field.name == name).map_or(0, |field| field.offset);
        let (published, applied) = (offset_of!(RegionHeader, published), offset_of!(RegionHeader, applied));
        // Behind the header of the record, and behind the head of its first entry.
        let payload = layout.journal_at + 64 + 16;
        match self {
            Self::None => {}
            Self::Published => word(published, |now| now + 1),
            Self::Applied => word(applied, |now| now - 1),
            Self::Torn => {
                word(payload, |now| now ^ 0x10);
                word(applied, |now| now - 1);
            }
            Self::Journal => word(payload, |now| now ^ 0x10),
            Self::Lock => word(offset_of!(RegionHeader, lock), |now| now | 1),
            Self::Resetting => {
                let epoch = word_in_header(offset_of!(RegionHeader, epoch));
                store_in_header(offset_of!(RegionHeader, resetting), &(epoch + 1).to_ne_bytes());
            }
            Self::History => {
                let end = word_in_header(offset_of!(RegionHeader, history_head)) as usize;
                if end != 0 {
                    let foot = layout.history_at + (end - 16) % layout.history;
                    word(foot + 8, |len| len + 1);
                }
            }
            Self::Field => store_in_header(IMAGE + field("turned"), &[7]),
            Self::Copy => word(IMAGE + field("copies") + 24, |copy| copy ^ 0x100),
            Self::Magic => word(offset_of!(RegionHeader, magic), |magic| magic ^ 1),
        }
    }
}

//! Invariants that are broken on purpose, to show that this is found out.

use std::str::FromStr;

/// An invariant that is broken on purpose, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A worker does not pass a message on.
    Lose,
    /// A worker passes a message on twice.
    Twice,
    /// A worker passes on another message than it got.
    Swap,
    /// The bank makes money.
    Mint,
    /// A node forgets that it has carried out a call.
    Forget,
    /// What a node shows of itself does not fit together.
    Tear,
    /// A pulse is not of one piece.
    Blur,
    /// The bank ranks an account where it does not belong.
    Misfile,
    /// The bank forgets that an account has paid.
    Miscount,
    /// A thread leaves half of the pair as it was.
    Chip,
}

impl Defect {
    const NAMES: [(&str, Self); 10] = [
        ("lose", Self::Lose),
        ("twice", Self::Twice),
        ("swap", Self::Swap),
        ("mint", Self::Mint),
        ("forget", Self::Forget),
        ("tear", Self::Tear),
        ("blur", Self::Blur),
        ("misfile", Self::Misfile),
        ("miscount", Self::Miscount),
        ("chip", Self::Chip),
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, defect)| *defect == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for Defect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, defect)| *defect).ok_or_else(|| format!("`{text}` breaks nothing"))
    }
}

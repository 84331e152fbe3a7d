//! Named checkpoints, as a daemon takes them and goes back to them, and other rollbacks.

use super::validate::roll_back;
use super::{Handle, Recovered, discarded};
use crate::collections::Text;
use crate::commit::Named;
use crate::state::{Scratch, State};

/// A committed state that was given a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its name.
    pub name: Text<20>,
    /// Number of the newest commit that is in it.
    pub sequence: u64,
    /// Commits since, that going back undoes.
    pub commits: usize,
}

/// The name of a checkpoint is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a checkpoint's name has 20 bytes at most, this one {0}: choose a shorter one")]
pub struct NameTooLong(pub usize);

/// There is no checkpoint of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no checkpoint of that name: none was taken, a rollback or reset has undone it, three newer ones took its place, or `history` is too small to lead back there"
)]
pub struct NoCheckpoint;

impl Checkpoint {
    fn of(named: Named) -> Self {
        let Named { name, sequence, commits, .. } = named;
        Self { name, sequence, commits }
    }
}

fn name(name: &str) -> Result<Text<20>, NameTooLong> {
    Text::new(name).map_err(|_| NameTooLong(name.len()))
}

impl<S: State> Handle<S> {
    /// Gives the committed state a name, to go back to it later: by [`Handle::roll_back_to`], by what `decide`
    /// answers, and by the recovery ladder, whose first rollback leads to the newest checkpoint that is older than
    /// the state. Take one where the state is known to be good.
    ///
    /// It costs a few stores and keeps no copy: the way back is the history, so a checkpoint is gone once more than
    /// `history` bytes have changed since. The newest three names are kept; a name that is given again moves on. A
    /// rollback to before it and a reset remove it. If the daemon dies on the way, the table holds either the new
    /// checkpoint or what it held before.
    ///
    /// # Errors
    /// [`NameTooLong`].
    pub fn checkpoint(&mut self, name: &str) -> Result<(), NameTooLong> {
        self.core.region.checkpoint(self::name(name)?);
        Ok(())
    }

    /// The checkpoints that can be gone back to, newest first.
    pub fn checkpoints(&self) -> impl Iterator<Item = Checkpoint> {
        self.core.region.checkpoints().map(Checkpoint::of)
    }

    /// Undoes the newest commits, as many as the history holds and at most `commits`; returns how many.
    /// Messages that were popped or pushed stay so; commits that did nothing else are passed over. Each is undone
    /// by a commit of its own: a death on the way leaves a state in between. Checkpoints taken since are removed.
    ///
    /// Where the daemon's `validate` refuses the state that this leads to, further commits are undone, one by one,
    /// until it accepts one; where it accepts none, the state is reset, and [`Handle::recovered`] says so. All that
    /// were undone are counted.
    ///
    /// ```
    /// use perennial::prelude::*;
    ///
    /// #[daemon(mem = "256KiB", validate = Tank::check)]
    /// pub struct Tank { litres: u64, sealed: bool }
    ///
    /// impl Tank {
    ///     fn check(state: &TankRef<'_>) -> Result<(), &'static str> {
    ///         if *state.litres > 80 { Err("it holds 80 litres") } else { Ok(()) }
    ///     }
    /// }
    ///
    /// impl Daemon for Tank {
    ///     fn run(me: &mut Handle<Self>) -> Outcome {
    ///         me.change(|s| *s.litres += 30)?;
    ///         if me.rollback(1) == 1 && me.recovered() != Recovered::Reset {
    ///             info!("back at {} litres", me.state().litres);
    ///         }
    ///         me.wait_for_stop()
    ///     }
    /// }
    /// ```
    pub fn rollback(&mut self, commits: usize) -> usize {
        let core = &self.core;
        let undone = roll_back::<S>(&core.region, &mut self.cells, commits, || core.alive());
        core.wake_subscribers();
        if undone.reset {
            self.core.hear_again();
            self.recovered = Recovered::Reset;
        }
        if undone.commits != 0 {
            discarded::note(&self.core.region, (!undone.reset).then_some(undone.commits));
        }
        undone.commits
    }

    /// Undoes all commits since the checkpoint `name`, as [`Handle::rollback`] does; returns how many. A death on
    /// the way leaves a state between the two that was once committed.
    ///
    /// # Errors
    /// [`NoCheckpoint`]; nothing has changed.
    pub fn roll_back_to(&mut self, name: &str) -> Result<usize, NoCheckpoint> {
        let named = self.core.region.checkpoints().find(|named| *named.name == *name).ok_or(NoCheckpoint)?;
        Ok(self.rollback(named.commits))
    }
}

impl<S: State> Scratch<S> {
    /// As [`Handle::checkpoint`].
    ///
    /// # Errors
    /// [`NameTooLong`].
    pub fn checkpoint(&mut self, name: &str) -> Result<(), NameTooLong> {
        self.region.checkpoint(self::name(name)?);
        Ok(())
    }

    /// As [`Handle::checkpoints`].
    pub fn checkpoints(&self) -> impl Iterator<Item = Checkpoint> {
        self.region.checkpoints().map(Checkpoint::of)
    }

    /// As [`Handle::rollback`].
    pub fn rollback(&mut self, commits: usize) -> usize {
        roll_back::<S>(&self.region, &mut self.cells, commits, || ()).commits
    }

    /// As [`Handle::roll_back_to`].
    ///
    /// # Errors
    /// [`NoCheckpoint`]; nothing has changed.
    pub fn roll_back_to(&mut self, name: &str) -> Result<usize, NoCheckpoint> {
        let named = self.region.checkpoints().find(|named| *named.name == *name).ok_or(NoCheckpoint)?;
        Ok(self.rollback(named.commits))
    }
}

//! Whether a commit is to be there after a death: the region's own header says it at the moment of the death.

use super::{Observer, Tracer};
use crate::table::Table;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;

/// Looks at one daemon's region from outside.
#[derive(Debug)]
pub struct Oracle {
    table: Rc<Table>,
    daemon: usize,
    before: u64,
}

impl Oracle {
    /// On the region of daemon `daemon`. All daemons of the tree stand still.
    ///
    /// # Panics
    /// When root does not hand it out.
    pub fn on(tracer: &mut Tracer, daemon: usize) -> Self {
        Self { table: Rc::new(tracer.table()), daemon, before: 0 }
    }

    /// The newest commit.
    ///
    /// # Panics
    /// When the daemon has not been born.
    pub fn published(&self) -> u64 {
        self.table.header(self.daemon).expect("all daemons have been born").published.load(SeqCst)
    }

    /// Whether readers are kept out.
    ///
    /// # Panics
    /// When the daemon has not been born.
    pub fn is_locked(&self) -> bool {
        self.table.header(self.daemon).expect("all daemons have been born").lock.load(SeqCst) & 1 == 1
    }

    /// What is tried begins.
    pub fn begin(&mut self) {
        self.before = self.published();
    }

    /// Whether the commit point was passed since.
    pub fn passed(&self) -> bool {
        self.published() != self.before
    }

    /// The first `bytes` of the image.
    pub fn image(&self, bytes: usize) -> Option<Vec<u8>> {
        self.table.image(self.daemon, bytes)
    }

    /// An observer of the first `bytes` of the image.
    pub fn observer(&self, bytes: usize) -> Observer {
        Observer::new(Rc::clone(&self.table), self.daemon, bytes)
    }
}

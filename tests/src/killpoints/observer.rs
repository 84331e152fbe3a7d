//! What a reader of a region would see while its owner stands still between two instructions.

use crate::table::Table;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;

/// Looks at the region of one daemon at each step.
#[derive(Debug)]
pub struct Observer {
    table: Rc<Table>,
    daemon: usize,
    bytes: usize,
    steps: usize,
    /// Different images that were seen while the lock was even, in order.
    whole: Vec<Vec<u8>>,
    /// Steps before which a record was published that was not applied.
    between: Vec<usize>,
    /// Every number of a newest commit, in order.
    published: Vec<u64>,
}

impl Observer {
    /// On the first `bytes` of the image of daemon `daemon`.
    pub fn new(table: Rc<Table>, daemon: usize, bytes: usize) -> Self {
        Self { table, daemon, bytes, steps: 0, whole: Vec::new(), between: Vec::new(), published: Vec::new() }
    }

    /// Looks.
    ///
    /// # Panics
    /// When the tree has not come up.
    pub fn look(&mut self) {
        let header = self.table.header(self.daemon).expect("all daemons have been born");
        if header.lock.load(SeqCst) & 1 == 0 {
            let image = self.table.image(self.daemon, self.bytes).expect("all daemons have been born");
            if self.whole.last() != Some(&image) {
                self.whole.push(image);
            }
        }
        let published = header.published.load(SeqCst);
        if self.published.last() != Some(&published) {
            self.published.push(published);
        }
        if published != header.applied.load(SeqCst) {
            self.between.push(self.steps);
        }
        self.steps += 1;
    }

    /// The different images that a reader would have seen, in order.
    pub fn images(&self) -> &[Vec<u8>] {
        &self.whole
    }

    /// There was one commit, and a reader would have seen the state before it and the one after it, nothing else.
    ///
    /// # Panics
    /// When that is not so.
    pub fn check_one_commit(&self) {
        assert_eq!(self.published.len(), 2, "one commit point: {:?}", self.published);
        assert_eq!(self.whole.len(), 2, "readers see the old state and the new one");
    }

    /// The steps before which a record was published that was not applied yet.
    pub fn between(&self) -> &[usize] {
        &self.between
    }
}

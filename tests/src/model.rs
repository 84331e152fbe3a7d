//! The reference model of the tree `failures`: what its state must be, computed from what was committed.

use crate::words::number;
use perennial::test::Tree;

/// What the victim's state must be, and what its peer must have heard.
#[derive(Clone, Debug)]
pub struct Model {
    steps: u64,
    total: u64,
    rows: Vec<u64>,
}

impl Default for Model {
    fn default() -> Self {
        Self { steps: 0, total: 0, rows: vec![0; 1000] }
    }
}

impl Model {
    /// Commits a step of `amount`.
    pub fn commit(&mut self, amount: u64) {
        self.steps += 1;
        self.total += amount;
        self.rows[1 + amount as usize % 999] += amount;
    }

    /// Asserts that `line`, the victim's own account of its state, is what it must be.
    ///
    /// # Panics
    /// When it is not.
    pub fn check(&self, line: &str) {
        let rows: u64 = self.rows.iter().zip(1_u64..).map(|(row, weight)| row * weight).sum();
        let note = if self.steps == 0 { "" } else { "kept" };
        let (steps, total) = (self.steps, self.total);
        let wanted = format!("state steps={steps} total={total} rows={rows} note={note:?} ");
        assert!(line.starts_with(&wanted), "the state is `{line}` and must be `{wanted}…`");
    }

    /// Commits a step of `amount` in the tree, by an update or a transaction, and checks everybody's state.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn step(&mut self, tree: &mut Tree, verb: &str, amount: u64) {
        tree.send(&format!("{verb} {amount}"));
        let done = tree.line("done ");
        assert!(done.contains("ok="), "{verb} {amount}: {done}");
        self.commit(amount);
        self.check(&tree.line("state "));
        let heard = tree.line(&format!("count={} ", self.steps));
        assert_eq!(number(&heard, "sum") as u64, self.total, "the peer heard something else: {heard}");
        assert_eq!(number(&heard, "generation"), 1, "the peer was disturbed");
    }
}

//! What became of the points of one way.

use super::Path;

/// Outcomes, point by point.
#[derive(Debug)]
pub struct Tally {
    name: &'static str,
    old: usize,
    new: usize,
    /// Points at which the process came by another way.
    astray: usize,
    ordered: bool,
}

impl Tally {
    /// Of the points of `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, old: 0, new: 0, astray: 0, ordered: false }
    }

    /// The same, where nothing but the order of the outcomes tells that there is one commit point.
    pub fn ordered(name: &'static str) -> Self {
        Self { ordered: true, ..Self::new(name) }
    }

    /// The state after a death at `point` was whole; `new` says which of both it was.
    ///
    /// # Panics
    /// When the old state comes after the new one.
    pub fn note(&mut self, point: usize, new: bool, on_the_way: bool) {
        if !on_the_way {
            self.astray += 1;
        } else if new {
            self.new += 1;
        } else {
            assert!(
                !self.ordered || self.new == 0,
                "{}: the old state at point {point}, after the new one",
                self.name
            );
            self.old += 1;
        }
    }

    /// Says how many points were tried.
    ///
    /// # Panics
    /// When one of the outcomes never came, or many points were missed.
    pub fn tell(&self, path: &Path) {
        let Self { name, old, new, .. } = *self;
        assert!(old > 0 && new > 0, "{name}: old {old}, new {new}: one never came");
        self.tell_of_one(path);
    }

    /// The same where there is one outcome only.
    ///
    /// # Panics
    /// When many points were missed.
    pub fn tell_of_one(&self, path: &Path) {
        let Self { name, old, new, astray, .. } = *self;
        println!(
            "killpoints {} tried, 0 torn: {name} ({} instructions; old {old}, new {new}, on another way {astray})",
            old + new + astray,
            path.addresses().len() - 1
        );
        assert!(astray * 20 <= old + new, "{name}: {astray} of {} points were not met", old + new + astray);
    }
}

//! What became of the points of one way.

use super::Path;

/// How often a process is sent to a point. Its way is another one where the ring that keeps old bytes comes round, and where
/// a process that it waits for is sooner or later than it was.
const ATTEMPTS: usize = 15;

/// Outcomes, point by point.
#[derive(Debug)]
pub struct Tally {
    name: &'static str,
    old: usize,
    new: usize,
    /// Points at which the process came by another way.
    astray: usize,
    /// Those that it never came to.
    missed: usize,
    ordered: bool,
}

impl Tally {
    /// Of the points of `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, old: 0, new: 0, astray: 0, missed: 0, ordered: false }
    }

    /// The same, where nothing but the order of the outcomes tells that there is one commit point.
    pub fn ordered(name: &'static str) -> Self {
        Self { ordered: true, ..Self::new(name) }
    }

    /// Has `kill` kill a process at each of the points. It returns whether the state after that was the new one, and
    /// whether the process had come to the point by the way that leads there; otherwise it is tried again.
    ///
    /// # Panics
    /// When the old state comes after the new one.
    pub fn try_each(
        &mut self,
        points: impl IntoIterator<Item = usize>,
        mut kill: impl FnMut(usize) -> (bool, bool),
    ) {
        for point in points {
            let mut met = false;
            for _ in 0..ATTEMPTS {
                let (new, on_the_way) = kill(point);
                met = on_the_way;
                self.note(point, new, on_the_way);
                if met {
                    break;
                }
            }
            self.missed += usize::from(!met);
        }
    }

    fn note(&mut self, point: usize, new: bool, on_the_way: bool) {
        let Self { name, .. } = *self;
        if !on_the_way {
            self.astray += 1;
        } else if new {
            self.new += 1;
        } else {
            assert!(
                !self.ordered || self.new == 0,
                "{name}: the old state at point {point}, after the new one"
            );
            self.old += 1;
        }
    }

    /// Says how many points were tried. False if the process came by another way to so many of them that its way must
    /// have been an unusual one when it was recorded.
    ///
    /// # Panics
    /// When one of the outcomes never came.
    #[must_use]
    pub fn tell(&self, path: &Path) -> bool {
        let Self { name, old, new, .. } = *self;
        let met = self.tell_of_one(path);
        assert!(!met || (old > 0 && new > 0), "{name}: old {old}, new {new}: one never came");
        met
    }

    /// The same where there is one outcome only.
    #[must_use]
    pub fn tell_of_one(&self, path: &Path) -> bool {
        let Self { name, old, new, astray, missed, .. } = *self;
        println!(
            "killpoints {} tried, 0 torn: {name} ({} instructions; old {old}, new {new}, on another way {astray}, never \
             met {missed})",
            old + new + astray,
            path.addresses().len() - 1
        );
        missed * 50 <= old + new
    }
}

/// Has `test` record a way and try its points, and another way if that one was unusual: a process's way depends on when
/// others do what it waits for, and a busy machine may delay them.
///
/// # Panics
/// When no way is gone again.
pub fn usual(test: impl Fn() -> bool) {
    assert!((0..3).any(|_| test()), "many points of each way were never met");
}

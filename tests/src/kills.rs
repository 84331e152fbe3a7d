//! Who was killed, and while it did what, as the tree itself says it: root in the line about each dead daemon, a fault
//! point right before its process kills itself, the worker about a transaction that was killed.

use core::fmt::{self, Write as _};
use perennial::daemon::Activity;
use perennial::fault::Point;
use std::collections::BTreeMap;

/// Where a daemon can be when it is killed.
pub const ACTIVITIES: [Activity; 5] =
    [Activity::Recovering, Activity::Running, Activity::Waiting, Activity::Updating, Activity::InFlight];

/// Points that a transaction passes itself, in their order; but for the last, it has not announced its result.
pub const IN_TRANSACTION: [Point; 5] = [
    Point::FlightBorn,
    Point::FlightStarted,
    Point::FlightReturned,
    Point::FlightRecorded,
    Point::FlightAnnounced,
];

/// What the daemon that has transactions says before the first of each incarnation.
pub const BORN: &str = "up name=worker";

/// Kills of one tree.
#[derive(Clone, Debug, Default)]
pub struct Kills {
    daemons: BTreeMap<(String, &'static str), usize>,
    points: BTreeMap<&'static str, usize>,
    /// Transactions that have killed themselves before they had announced anything, and of which their daemon has not
    /// said yet that they were killed.
    untold: usize,
    /// Transactions that were killed from outside before they had announced anything.
    pub struck_early: usize,
    /// Transactions that were killed from outside, whatever they did; counted by who kills.
    pub struck: usize,
}

impl Kills {
    /// None but transactions that were killed from outside.
    pub fn of_struck(struck: usize) -> Self {
        Self { struck, ..Self::default() }
    }

    /// Takes note of a line that the tree has said.
    ///
    /// # Panics
    /// When the line names a point or an activity that there is not.
    pub fn read(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("fault point reached: ") {
            let point = Point::ALL.iter().find(|point| point.name() == name);
            let point = point.unwrap_or_else(|| panic!("no fault point: `{line}`"));
            *self.points.entry(point.name()).or_default() += 1;
            let [early @ .., _] = IN_TRANSACTION;
            self.untold += usize::from(early.contains(point));
        } else if line == BORN {
            // It knows nothing of its predecessor's transactions, and they are gone.
            self.untold = 0;
        } else if line.contains(": killed by SIGKILL") {
            match self.untold.checked_sub(1) {
                Some(untold) => self.untold = untold,
                None => self.struck_early += 1,
            }
        } else if let Some((who, how)) = line.split_once("] was killed by SIGKILL, ")
            && let Some((name, _)) = who.rsplit_once(" [")
        {
            let name = name.rsplit(' ').next().unwrap_or_default();
            let doing = how.split([',', ';']).next().unwrap_or_default();
            // A newborn says what it does only after its first steps; until then its predecessor's word stands.
            let newborn = how.contains("before it was ready");
            let activity = ACTIVITIES.iter().find(|activity| activity.describe() == doing);
            let activity = activity.unwrap_or_else(|| panic!("no activity: `{line}`"));
            let activity = if newborn { Activity::Recovering } else { *activity };
            *self.daemons.entry((name.to_owned(), activity.describe())).or_default() += 1;
        }
    }

    /// Kills of the daemon of that name while it did that.
    pub fn of(&self, name: &str, activity: Activity) -> usize {
        self.daemons.get(&(name.to_owned(), activity.describe())).copied().unwrap_or_default()
    }

    /// Processes that killed themselves at that point.
    pub fn at(&self, point: Point) -> usize {
        self.points.get(point.name()).copied().unwrap_or_default()
    }

    /// Daemons that were killed.
    pub fn of_daemons(&self) -> usize {
        self.daemons.values().sum()
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&String> = self.daemons.keys().map(|(name, _)| name).collect();
        names.dedup();
        writeln!(f, "daemons killed, from outside and at fault points, by what they did:")?;
        for activity in ACTIVITIES {
            write!(f, "  {:<36}", activity.describe())?;
            for name in &names {
                write!(f, " {name} {:<6}", self.of(name, activity))?;
            }
            f.write_char('\n')?;
        }
        writeln!(f, "transactions killed:")?;
        for point in IN_TRANSACTION {
            writeln!(f, "  at {:<33} {}", point.name(), self.at(point))?;
        }
        writeln!(f, "  from outside, whenever               {}", self.struck)?;
        writeln!(f, "  from outside, before announcing      {}", self.struck_early)?;
        writeln!(f, "daemons killed at fault points:")?;
        for point in Point::ALL.iter().filter(|point| !IN_TRANSACTION.contains(point)) {
            match self.at(*point) {
                0 => {}
                times => writeln!(f, "  {:<36} {times}", point.name())?,
            }
        }
        Ok(())
    }
}

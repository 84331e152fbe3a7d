//! The form of a settings file: lines `key = value`, read as they come, in constant space.

use super::policy::{KEYS, Key, Policy, UNITS};
use super::problem::{Excerpt, Kind, Problems, What};
use crate::root::block::MOST_DAEMONS;
use crate::root::tree::Descriptor;
use crate::state::{Escalation, Options};
use core::time::Duration;
use log::LevelFilter;

/// The most bytes of a line before its comment.
pub(super) const LONGEST: usize = 255;

/// Settings as far as they have been read.
pub(super) struct Draft {
    daemons: &'static [Descriptor],
    line: [u8; LONGEST],
    len: usize,
    /// The line is longer than it may be.
    over: bool,
    comment: bool,
    number: u32,
    /// Which keys are set, by daemon.
    set: [u16; MOST_DAEMONS],
    /// The last line about a daemon's backoff.
    backoff_at: [u32; MOST_DAEMONS],
    /// The level, if it is set.
    pub(super) level: Option<LevelFilter>,
    /// What the daemons are to be treated by.
    pub(super) policies: [Policy; MOST_DAEMONS],
    /// What is wrong.
    pub(super) problems: Problems,
}

impl Draft {
    /// What the program declares, for a file to change.
    pub(super) fn new(daemons: &'static [Descriptor]) -> Self {
        let mut policies = [const { Policy::of(&Options::new(0)) }; MOST_DAEMONS];
        for (policy, daemon) in policies.iter_mut().zip(daemons) {
            *policy = Policy::of(&daemon.options);
        }
        Self {
            daemons,
            line: [0; LONGEST],
            len: 0,
            over: false,
            comment: false,
            number: 1,
            set: [0; MOST_DAEMONS],
            backoff_at: [0; MOST_DAEMONS],
            level: None,
            policies,
            problems: Problems::none(),
        }
    }

    /// Reads on.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match byte {
                b'\n' => self.end_line(),
                b'#' => self.comment = true,
                _ if self.comment => {}
                byte => match self.line.get_mut(self.len) {
                    Some(place) => {
                        *place = byte;
                        self.len += 1;
                    }
                    // White space before a comment may be as long as it likes.
                    None => self.over |= !byte.is_ascii_whitespace(),
                },
            }
        }
    }

    /// The file ends here.
    pub(super) fn finish(&mut self) {
        self.end_line();
        for (index, (daemon, policy)) in self.daemons.iter().zip(&self.policies).enumerate() {
            let at = self.backoff_at.get(index).copied().unwrap_or_default();
            if at != 0 && policy.max_backoff < policy.backoff {
                self.problems.add(at, What::Backoffs(daemon.name));
            }
        }
    }

    fn end_line(&mut self) {
        let line = self.line;
        let taken = line.get(..self.len).unwrap_or_default();
        if self.over {
            self.problems.add(self.number, What::TooLong);
        } else {
            match core::str::from_utf8(taken) {
                Ok(text) => {
                    if let Err(what) = self.take(text.trim()) {
                        self.problems.add(self.number, what);
                    }
                }
                Err(_) => self.problems.add(self.number, What::NoText),
            }
        }
        self.len = 0;
        self.over = false;
        self.comment = false;
        self.number = self.number.saturating_add(1);
    }

    fn take(&mut self, line: &str) -> Result<(), What> {
        if line.is_empty() {
            return Ok(());
        }
        let (key, value) = line.split_once('=').ok_or(What::NoValue(Excerpt::of(line)))?;
        let (key, value) = (key.trim(), value.trim());
        if key == "log" {
            if self.level.is_some() {
                return Err(What::Twice(Excerpt::of(key)));
            }
            self.level = Some(level(value).ok_or(What::NoSuch(Excerpt::of(value), Kind::Level))?);
            return Ok(());
        }
        let (daemon, setting) = key.split_once('.').ok_or(What::NoKey(Excerpt::of(key)))?;
        let (daemon, setting) = (daemon.trim_end(), setting.trim_start());
        let found = self.daemons.iter().take(MOST_DAEMONS).position(|known| known.name == daemon);
        let index = found.ok_or(What::NoDaemon(Excerpt::of(daemon)))?;
        let found = KEYS.iter().position(|(_, name)| *name == setting);
        let at = found.ok_or(What::NoKey(Excerpt::of(key)))?;
        let (Some(policy), Some(set), Some((known, _))) =
            (self.policies.get_mut(index), self.set.get_mut(index), KEYS.get(at))
        else {
            return Err(What::NoKey(Excerpt::of(key)));
        };
        if *set >> at & 1 == 1 {
            return Err(What::Twice(Excerpt::of(key)));
        }
        let watched = policy.watchdog.is_some();
        assign(policy, *known, value)?;
        if policy.watchdog.is_some() && !watched {
            return Err(What::NoWatchdog(self.daemons.get(index).map_or("", |daemon| daemon.name)));
        }
        *set |= 1 << at;
        if let (Key::Backoff | Key::MaxBackoff, Some(line)) = (*known, self.backoff_at.get_mut(index)) {
            *line = self.number;
        }
        Ok(())
    }
}

fn assign(policy: &mut Policy, key: Key, value: &str) -> Result<(), What> {
    let wrong = |kind| What::NoSuch(Excerpt::of(value), kind);
    let any = || duration(value).ok_or(wrong(Kind::Time));
    let period = |kind| duration(value).filter(|time| !time.is_zero()).ok_or(wrong(kind));
    let optional = || if value == "off" { Ok(None) } else { period(Kind::Optional).map(Some) };
    match key {
        Key::MaxRestarts => {
            policy.max_restarts =
                whole(value).and_then(|number| u32::try_from(number).ok()).ok_or(wrong(Kind::Number))?;
        }
        Key::Within => policy.within = period(Kind::Period)?,
        Key::Backoff => policy.backoff = any()?,
        Key::MaxBackoff => policy.max_backoff = any()?,
        Key::HealthyAfter => policy.healthy_after = Some(any()?),
        Key::Watchdog => policy.watchdog = optional()?,
        Key::StartTimeout => policy.start_timeout = optional()?,
        Key::StopTimeout => policy.stop_timeout = any()?,
        Key::Escalation => policy.escalation = escalation(value).ok_or(wrong(Kind::Escalation))?,
    }
    Ok(())
}

/// A whole number, with `_` between its digits if one likes.
fn whole(text: &str) -> Option<u64> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    text.bytes().filter(|&byte| byte != b'_').try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// A whole number and a unit, as in `#[daemon]`.
fn duration(text: &str) -> Option<Duration> {
    // A longer unit may end with a shorter one.
    let found = UNITS.iter().filter_map(|(name, nanos)| Some((text.strip_suffix(name)?, nanos)));
    let (number, nanos) = found.min_by_key(|(number, _)| number.len())?;
    Some(Duration::from_nanos(whole(number.trim_end())?.checked_mul(*nanos)?))
}

fn escalation(text: &str) -> Option<Escalation> {
    match text {
        "stop" => Some(Escalation::Stop(crate::root::exit_code::RESTARTS as u8)),
        "reset" => Some(Escalation::Reset),
        "abandon" => Some(Escalation::Abandon),
        _ => {
            let code = text.strip_prefix("stop")?.trim_start().strip_prefix('(')?.strip_suffix(')')?;
            Some(Escalation::Stop(u8::try_from(whole(code.trim())?).ok()?))
        }
    }
}

fn level(text: &str) -> Option<LevelFilter> {
    LEVELS.iter().find(|(_, name)| *name == text).map(|(level, _)| *level)
}

/// The levels with their names.
pub(super) const LEVELS: [(LevelFilter, &str); 6] = [
    (LevelFilter::Off, "off"),
    (LevelFilter::Error, "error"),
    (LevelFilter::Warn, "warn"),
    (LevelFilter::Info, "info"),
    (LevelFilter::Debug, "debug"),
    (LevelFilter::Trace, "trace"),
];

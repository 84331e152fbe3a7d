//! What may change of a daemon's options while the tree runs.

use crate::state::{Escalation, Options};
use core::fmt;
use core::time::Duration;

/// The part of [`Options`] that the supervisor goes by: declared in `#[daemon]`, changed by the settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// More restarts than this within [`Policy::within`] escalate.
    pub(super) max_restarts: u32,
    /// The period in which restarts are counted.
    pub(super) within: Duration,
    /// What happens when the limit is reached.
    pub(super) escalation: Escalation,
    /// The wait before the second restart in a row.
    pub(super) backoff: Duration,
    /// The longest wait before a restart.
    pub(super) max_backoff: Duration,
    /// An incarnation that lived this long was healthy; `None` takes `within`.
    pub(super) healthy_after: Option<Duration>,
    /// A daemon that gives no sign of life for so long is ended; `None` for ever.
    pub(super) watchdog: Option<Duration>,
    /// How long a daemon may take to become ready; `None` for ever.
    pub(super) start_timeout: Option<Duration>,
    /// How long a daemon may take to stop.
    pub(super) stop_timeout: Duration,
}

impl Policy {
    /// What these options declare.
    pub(super) const fn of(options: &Options) -> Self {
        Self {
            max_restarts: options.max_restarts,
            within: options.within,
            escalation: options.escalation,
            backoff: options.backoff,
            max_backoff: options.max_backoff,
            healthy_after: options.healthy_after,
            watchdog: options.watchdog,
            start_timeout: options.start_timeout,
            stop_timeout: options.stop_timeout,
        }
    }

    /// Makes `options` say the same.
    pub(super) fn apply(&self, options: &mut Options) {
        *options = Options {
            max_restarts: self.max_restarts,
            within: self.within,
            escalation: self.escalation,
            backoff: self.backoff,
            max_backoff: self.max_backoff,
            healthy_after: self.healthy_after,
            watchdog: self.watchdog,
            start_timeout: self.start_timeout,
            stop_timeout: self.stop_timeout,
            ..*options
        };
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: Key) -> Value {
        match key {
            Key::MaxRestarts => Value::Number(self.max_restarts),
            Key::Within => Value::Time(self.within),
            Key::Backoff => Value::Time(self.backoff),
            Key::MaxBackoff => Value::Time(self.max_backoff),
            Key::HealthyAfter => Value::Time(self.healthy_after.unwrap_or(self.within)),
            Key::Watchdog => self.watchdog.map_or(Value::Off, Value::Time),
            Key::StartTimeout => self.start_timeout.map_or(Value::Off, Value::Time),
            Key::StopTimeout => Value::Time(self.stop_timeout),
            Key::Escalation => Value::Escalation(self.escalation),
        }
    }
}

/// What can be set for a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    MaxRestarts,
    Within,
    Backoff,
    MaxBackoff,
    HealthyAfter,
    Watchdog,
    StartTimeout,
    StopTimeout,
    Escalation,
}

/// All keys with their names, in the order in which they are told.
pub(super) const KEYS: [(Key, &str); 9] = [
    (Key::MaxRestarts, "max_restarts"),
    (Key::Within, "within"),
    (Key::Backoff, "backoff"),
    (Key::MaxBackoff, "max_backoff"),
    (Key::HealthyAfter, "healthy_after"),
    (Key::Watchdog, "watchdog"),
    (Key::StartTimeout, "start_timeout"),
    (Key::StopTimeout, "stop_timeout"),
    (Key::Escalation, "escalation"),
];

/// A value as it is told: as one would write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(u32),
    Time(Duration),
    Off,
    Escalation(Escalation),
}

/// The units of durations with their length in nanoseconds, those of `#[daemon]`.
pub(super) const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl Value {
    /// Writes it. Whether that succeeds is the writer's affair.
    pub(super) fn write(self, out: &mut impl fmt::Write) {
        match self {
            Self::Number(number) => write_number(out, u64::from(number)),
            Self::Off => write_text(out, "off"),
            Self::Time(time) => {
                let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
                let whole = |&&(_, unit): &&(&str, u64)| nanos >= unit && nanos.is_multiple_of(unit);
                let (name, unit) = UNITS.iter().rev().find(whole).copied().unwrap_or(("s", 1_000_000_000));
                write_number(out, nanos / unit.max(1));
                write_text(out, name);
            }
            Self::Escalation(Escalation::Stop(code)) => {
                write_text(out, "stop(");
                write_number(out, u64::from(code));
                write_text(out, ")");
            }
            Self::Escalation(Escalation::Reset) => write_text(out, "reset"),
            Self::Escalation(Escalation::Abandon) => write_text(out, "abandon"),
        }
    }
}

/// Writes a text. The writers here cut off what does not fit, and never fail.
pub(super) fn write_text(out: &mut impl fmt::Write, text: &str) {
    let _ = out.write_str(text);
}

/// Writes a number without the formatting machinery.
pub(in crate::root) fn write_number(out: &mut impl fmt::Write, number: u64) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut start = digits.len();
    for place in digits.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    let shown = digits.get(start..).unwrap_or_default();
    write_text(out, core::str::from_utf8(shown).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_one_would_write_them() {
        let shown = |value: Value| {
            let mut text = String::new();
            value.write(&mut text);
            text
        };
        let time = |nanos| shown(Value::Time(Duration::from_nanos(nanos)));
        assert_eq!(time(0), "0s");
        assert_eq!(time(250_000_000), "250ms");
        assert_eq!(time(1_001), "1001ns");
        assert_eq!(time(60_000_000_000), "1m");
        assert_eq!(time(90_000_000_000), "90s");
        assert_eq!(time(u64::MAX), "18446744073709551615ns");
        assert_eq!(shown(Value::Number(u32::MAX)), "4294967295");
        assert_eq!(shown(Value::Escalation(Escalation::Stop(17))), "stop(17)");
        assert_eq!(shown(Value::Off), "off");
    }
}

//! Sizes and durations as text: `"4MiB"`, `"250ms"`.

/// A unit and how many of the smallest one it is.
type Unit = (&'static str, u64);

const SIZES: [Unit; 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
const TIMES: [Unit; 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The largest size in whole units that is no more than `isize::MAX`.
const LARGEST: &str = "8589934591GiB";

/// The number of bytes; at most `isize::MAX`, as for any object in memory.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let bytes = amount(text, &SIZES, "size", ["4MiB", LARGEST], |number, unit| {
        match unit.to_ascii_lowercase().trim_end_matches(['b', 'i']) {
            "" if unit.is_empty() => Some(format!("{number}B")),
            "" => Some(format!("{number}B")),
            "k" => Some(format!("{number}KiB")),
            "m" => Some(format!("{number}MiB")),
            "g" => Some(format!("{number}GiB")),
            _ => None,
        }
    })?;
    // No object in memory is larger.
    if bytes > i64::MAX as u64 { Err(too_large(text, LARGEST)) } else { Ok(bytes) }
}

/// The number of nanoseconds.
pub(crate) fn duration(text: &str) -> Result<u64, String> {
    amount(text, &TIMES, "duration", ["250ms", "5124095h"], |number, unit| {
        let unit = match unit.to_lowercase().as_str() {
            "" | "msec" | "msecs" | "millis" | "milliseconds" => "ms",
            "µs" | "μs" | "usec" | "micros" | "microseconds" => "us",
            "sec" | "secs" | "second" | "seconds" => "s",
            "min" | "mins" | "minute" | "minutes" => "m",
            "hr" | "hrs" | "hour" | "hours" => "h",
            other => TIMES.iter().find(|(name, _)| *name == other)?.0,
        };
        Some(format!("{number}{unit}"))
    })
}

fn amount(
    text: &str,
    units: &[Unit],
    what: &str,
    [example, largest]: [&str; 2],
    meant: impl Fn(&str, &str) -> Option<String>,
) -> Result<u64, String> {
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(trimmed.len());
    let (digits, unit) = (&trimmed[..split], trimmed[split..].trim_start());
    let names = || {
        let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!(
            "\"{text}\" is no {what}: write a whole number and a unit ({}), such as \"{example}\"",
            names()
        ));
    }
    if unit.starts_with(['.', ',']) {
        return Err(format!(
            "\"{text}\" is no {what}: fractions are not accepted, take the next smaller unit ({})",
            names()
        ));
    }
    let plain_bytes = unit.is_empty() && units[0].0 == "B";
    let factor = match units.iter().find(|(name, _)| *name == unit) {
        Some((_, factor)) => *factor,
        None if plain_bytes => 1,
        None => {
            let hint = meant(digits, unit).map_or_else(String::new, |m| format!("; did you mean \"{m}\"?"));
            let cause = if unit.is_empty() {
                format!("\"{text}\" has no unit")
            } else {
                format!("`{unit}` is no unit of {what}")
            };
            return Err(format!("{cause} (units: {}){hint}", names()));
        }
    };
    let number: Option<u64> = digits.replace('_', "").parse().ok();
    number.and_then(|number| number.checked_mul(factor)).ok_or_else(|| too_large(text, largest))
}

fn too_large(text: &str, largest: &str) -> String {
    format!("\"{text}\" is too large: write \"{largest}\" at most")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("512B"), Ok(512));
        assert_eq!(size("65536"), Ok(65_536));
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size(" 4 MiB "), Ok(4 << 20));
        assert_eq!(size("1_000GiB"), Ok(1_000 << 30));
    }

    #[test]
    fn durations() {
        assert_eq!(duration("250us"), Ok(250_000));
        assert_eq!(duration("250ms"), Ok(250_000_000));
        assert_eq!(duration("2s"), Ok(2_000_000_000));
        assert_eq!(duration("1m"), Ok(60_000_000_000));
        assert_eq!(duration("1h"), Ok(3_600_000_000_000));
    }

    #[test]
    fn a_wrong_unit_names_the_right_one() {
        for (text, meant) in
            [("4MB", "4MiB"), ("4k", "4KiB"), ("4mib", "4MiB"), ("4b", "4B"), ("1gb", "1GiB")]
        {
            let error = size(text).unwrap_err();
            assert!(error.ends_with(&format!("did you mean \"{meant}\"?")), "{error}");
        }
        for (text, meant) in [("50", "50ms"), ("2sec", "2s"), ("5µs", "5us"), ("1min", "1m"), ("2S", "2s")] {
            let error = duration(text).unwrap_err();
            assert!(error.ends_with(&format!("did you mean \"{meant}\"?")), "{error}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in ["", "MiB", "-4MiB", "lots", "_4MiB"] {
            assert!(size(text).unwrap_err().contains("\"4MiB\""), "{text}");
        }
        assert!(size("1.5MiB").unwrap_err().contains("fractions"));
        assert!(size("4parsec").unwrap_err().contains("units: B, KiB, MiB, GiB"));
    }

    #[test]
    fn the_largest_are_named() {
        for text in ["99999999999999999999", "18000000000GiB", "8589934592GiB"] {
            assert_eq!(size(text), Err(format!("\"{text}\" is too large: write \"8589934591GiB\" at most")));
        }
        assert_eq!(size("8589934591GiB"), Ok(8_589_934_591 << 30));
        assert_eq!(
            duration("5124096h"),
            Err("\"5124096h\" is too large: write \"5124095h\" at most".to_owned())
        );
        assert!(duration("5124095h").is_ok());
    }
}

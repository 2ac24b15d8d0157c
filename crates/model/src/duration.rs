use std::time::Duration;

/// The text was not a length of time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected a length of time such as 7d, 12h, 30m, 45s or 2w; found {found:?}")]
pub struct ParseDurationError {
    /// The offending text, cut to 80 characters.
    pub found: String,
}

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads `7d`, `1d12h`, `90m`, `0`: whole numbers with the units w, d, h, m, s; a bare number is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let refuse = || ParseDurationError { found: text.chars().take(80).collect() };
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let mut seconds = 0_u64;
    if rest.is_empty() {
        return Err(refuse());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let number: u64 = rest[..digits].parse().map_err(|_| refuse())?;
        let unit = rest[digits..].chars().next().ok_or_else(refuse)?;
        let (_, factor) = UNITS.iter().find(|(letter, _)| *letter == unit).ok_or_else(refuse)?;
        seconds =
            number.checked_mul(*factor).and_then(|part| seconds.checked_add(part)).ok_or_else(refuse)?;
        rest = rest[digits + unit.len_utf8()..].trim_start();
    }
    Ok(Duration::from_secs(seconds))
}

/// The largest unit that keeps two figures of meaning: `45s`, `90m` as `1h30m`, `7d`, `3h`.
pub fn humanize(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 if seconds % 3_600 >= 60 && seconds < 36_000 => {
            format!("{}h{}m", seconds / 3_600, seconds % 3_600 / 60)
        }
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..864_000 if seconds % 86_400 >= 3_600 => {
            format!("{}d{}h", seconds / 86_400, seconds % 86_400 / 3_600)
        }
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units() {
        for (text, seconds) in [
            ("7d", 604_800),
            ("1d12h", 129_600),
            ("90m", 5_400),
            ("0", 0),
            ("15", 15),
            ("2w", 1_209_600),
            ("1h 5s", 3_605),
        ] {
            assert_eq!(parse_duration(text).expect(text), Duration::from_secs(seconds));
        }
        for text in ["", "d", "7", "-7d", "7x", "7d3", "99999999999999999999d", "1.5h"] {
            assert_eq!(parse_duration(text).is_ok(), text == "7", "{text}");
        }
    }

    #[test]
    fn speaks_to_people() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (5_400, "1h30m"),
            (10_800, "3h"),
            (90_000, "1d1h"),
            (604_800, "7d"),
            (864_000, "10d"),
        ] {
            assert_eq!(humanize(Duration::from_secs(seconds)), text);
        }
    }
}

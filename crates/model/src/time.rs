use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A moment in UTC, in whole microseconds since 1970: the precision of PEP 700's `upload-time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// The text was not an RFC 3339 date and time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected a time such as 2026-11-22T13:00:00Z or a date such as 2026-11-22; found {found:?}")]
pub struct ParseTimestampError {
    /// The offending text, cut to 80 characters.
    pub found: String,
}

impl Timestamp {
    /// The first and the last moment that can be written with four digits of year.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// See [`Timestamp::MIN`].
    pub const MAX: Self = Self(253_402_207_200_000_000 - 1);

    /// Wraps microseconds since 1970, clamped to the years 0 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// This moment and `duration`, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// The moment that was `duration` ago, at least [`Timestamp::MIN`].
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// `2026-11-22`.
    pub fn date(self) -> String {
        self.jiff().strftime("%Y-%m-%d").to_string()
    }

    /// `2026-11-22 13:05 UTC`, for people.
    pub fn minute(self) -> String {
        self.jiff().strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// `Sun, 22 Nov 2026 13:05:00 GMT`, the form of RFC 9110 section 5.6.7.
    pub fn http_date(self) -> String {
        self.jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    fn jiff(self) -> jiff::Timestamp {
        // In range: the constructor clamps to years that jiff can hold.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    /// PEP 700: `yyyy-mm-ddThh:mm:ss.ffffffZ`, always with six digits of fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.jiff().strftime("%Y-%m-%dT%H:%M:%S.%6fZ"))
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Reads RFC 3339 with any offset; a time without an offset is UTC, a bare date its first moment.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ParseTimestampError { found: text.chars().take(80).collect() };
        if text.len() > 64 {
            return Err(refuse());
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::from_micros(time.as_microsecond()));
        }
        let civil = text
            .parse::<jiff::civil::DateTime>()
            .or_else(|_| text.parse::<jiff::civil::Date>().map(|date| date.at(0, 0, 0, 0)))
            .map_err(|_| refuse())?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| refuse())?;
        Ok(Self::from_micros(zoned.timestamp().as_microsecond()))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_indexes_write() {
        for (text, expected) in [
            ("2026-02-19T05:00:57.678803Z", "2026-02-19T05:00:57.678803Z"),
            ("2026-02-19T05:00:57Z", "2026-02-19T05:00:57.000000Z"),
            ("2026-02-19T05:00:57", "2026-02-19T05:00:57.000000Z"),
            ("2026-02-19T07:00:57+02:00", "2026-02-19T05:00:57.000000Z"),
            ("2026-02-19", "2026-02-19T00:00:00.000000Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().expect(text).to_string(), expected);
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2026-13-01", "2026-02-19T25:00:00Z", &"9".repeat(1000)] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::MAX.plus(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_micros(0).since(Timestamp::MAX), Duration::ZERO);
        assert_eq!(Timestamp::MAX.to_string().len(), 27);
        assert_eq!(Timestamp::from_micros(0).http_date(), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}

use toml::{Table, Value};

use super::size::parse_size;

/// What a setting may be at least and at most, both written as in the configuration.
struct Range {
    path: &'static str,
    kind: Kind,
    least: &'static str,
    most: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    /// In bytes.
    Size,
    /// In seconds.
    Time,
}

const fn range(path: &'static str, kind: Kind, least: &'static str, most: &'static str) -> Range {
    Range { path, kind, least, most }
}

/// Settings that stop the server, or let anybody stop it, when they are too small or too large: with no connections
/// it answers nobody, and an endless head fills its memory.
const RANGES: &[Range] = &[
    range("upstream.max-requests", Kind::Number, "1", "10000"),
    range("limits.connections", Kind::Number, "1", "1000000"),
    range("limits.header-size", Kind::Size, "1kB", "16MB"),
    range("limits.body-size", Kind::Size, "0", "1GB"),
    range("limits.header-timeout", Kind::Time, "1s", "1h"),
    range("limits.page-files", Kind::Number, "1", "10000000"),
    range("limits.page-size", Kind::Size, "1kB", "4GB"),
    range("limits.list-size", Kind::Size, "1kB", "4GB"),
    range("advisories.every", Kind::Time, "1m", "365d"),
    range("advisories.max-size", Kind::Size, "1kB", "8GB"),
    range("advisories.timeout", Kind::Time, "1s", "1d"),
    range("limits.file-size", Kind::Size, "1kB", "1TB"),
];

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Number => "a whole number",
            Self::Size => "a size",
            Self::Time => "a length of time",
        }
    }

    /// In numbers, bytes or seconds.
    fn read(self, text: &str) -> Option<u64> {
        match self {
            Self::Number => text.parse().ok(),
            Self::Size => parse_size(text).ok(),
            Self::Time => packhouse_model::parse_duration(text).ok().map(|time| time.as_secs()),
        }
    }
}

/// What is wrong with the value of a setting that has a range: the setting, what it may be, what was found.
pub(super) fn check(path: &str, value: &Value) -> Result<(), String> {
    let Some(range) = RANGES.iter().find(|range| range.path == path) else { return Ok(()) };
    let Range { kind, least, most, .. } = range;
    let amount = match (kind, value) {
        (_, Value::Integer(number)) => u64::try_from(*number).ok(),
        (Kind::Size | Kind::Time, Value::String(text)) => kind.read(text),
        _ => None,
    };
    let within = amount.is_some_and(|amount| {
        kind.read(least).is_some_and(|least| least <= amount)
            && kind.read(most).is_some_and(|most| amount <= most)
    });
    if within {
        return Ok(());
    }
    let found: String = value.to_string().chars().take(80).collect();
    Err(format!("`{path}` is {} from {least} to {most}; found {found}", kind.words()))
}

/// [`check`] for each setting of a file.
pub(super) fn check_all(file: &Table) -> Result<(), String> {
    RANGES.iter().try_for_each(|range| {
        let Some((table, key)) = range.path.split_once('.') else { return Ok(()) };
        let value = file.get(table).and_then(|table| table.as_table()?.get(key));
        value.map_or(Ok(()), |value| check(range.path, value))
    })
}

#[cfg(test)]
mod tests {
    use super::super::keys::KEYS;
    use super::*;

    #[test]
    fn every_range_is_one_of_a_setting() {
        for Range { path, kind, least, most } in RANGES {
            assert!(KEYS.iter().any(|key| key.path == *path), "{path}");
            assert!(kind.read(least) < kind.read(most), "{path}");
            assert!(kind.read(least).is_some() && path.matches('.').count() == 1, "{path}");
        }
        let limits = KEYS.iter().filter(|key| key.path.starts_with("limits."));
        for key in limits {
            assert!(RANGES.iter().any(|range| range.path == key.path), "{} has no range", key.path);
        }
    }
}

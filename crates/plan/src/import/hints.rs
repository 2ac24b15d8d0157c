//! What the caller knows of a file that the file does not say itself.

use packhouse_model::Timestamp;

use crate::snapshot::{CountingRule, Ecosystem};

/// What the caller knows of a file. What is set here goes before what the file says.
#[derive(Debug, Clone)]
pub struct Hints {
    /// The present moment: nothing may be of later.
    pub now: Timestamp,
    /// When it was so.
    pub date: Option<Timestamp>,
    /// When the file was written: the date where nothing else says one. Data are never younger, so that a backtest at
    /// worst leaves them out.
    pub written: Option<Timestamp>,
    /// Where it comes from.
    pub source: Option<String>,
    /// How downloads were counted.
    pub rule: Option<CountingRule>,
    /// The registry to read.
    pub ecosystem: Option<Ecosystem>,
}

impl Hints {
    /// None, at a moment.
    pub fn none(now: Timestamp) -> Self {
        Self { now, date: None, written: None, source: None, rule: None, ecosystem: None }
    }

    /// What the name of a file says: `pypi_downloads_2026-04-01.csv.gz`, `npm-downloads-2026-10.csv`. Nothing is taken
    /// from it that is not written there as a date or the word for a registry.
    #[must_use]
    pub fn from_name(mut self, name: &str) -> Self {
        self.date = self.date.or_else(|| date_in(name));
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let known = |word: &str| match Ecosystem::read(word) {
            Ecosystem::Other(_) => None,
            ecosystem => Some(ecosystem),
        };
        self.ecosystem = self.ecosystem.or_else(|| words.find_map(known));
        self
    }
}

fn date_in(name: &str) -> Option<Timestamp> {
    let starts = name.char_indices().map(|(at, _)| &name[at..]);
    let digit = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit());
    starts.filter(digit).find_map(|rest| {
        let day = rest.get(..10).and_then(|day| day.parse().ok());
        day.or_else(|| {
            let month = rest.get(..7).filter(|month| month.as_bytes()[4] == b'-')?;
            format!("{month}-01").parse().ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_says() {
        let now = Timestamp::MAX;
        for (name, date, ecosystem) in [
            ("pypi_downloads_2026-04-01.csv.gz", Some("2026-04-01"), Some(Ecosystem::Pypi)),
            ("npm_downloads_2026-10.csv.gz", Some("2026-10-01"), Some(Ecosystem::Npm)),
            ("dependencies-1.6.0-2020-01-12.csv", Some("2020-01-12"), None),
            ("top-pypi-packages.min.json", None, Some(Ecosystem::Pypi)),
            ("2026-13-45é.json", None, None),
            ("é", None, None),
        ] {
            let hints = Hints::none(now).from_name(name);
            assert_eq!(hints.date.map(Timestamp::date).as_deref(), date, "{name}");
            assert_eq!(hints.ecosystem, ecosystem, "{name}");
        }
    }
}

use packhouse_guard::{Decision, RuleHit};
use packhouse_model::Timestamp;

/// What a decision means to the person who asked, as its badge says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The file can be installed.
    Served,
    /// Refused for now: it passes by itself at a known time, or when a missing fact arrives.
    Held {
        /// When it passes if nothing changes; absent when nobody can tell: a fact is missing.
        until: Option<Timestamp>,
    },
    /// Refused until a person changes something.
    Refused,
}

impl From<&RuleHit> for Verdict {
    fn from(hit: &RuleHit) -> Self {
        match (&hit.excused, hit.until) {
            (Some(_), _) => Self::Served,
            (None, None) => Self::Refused,
            (None, until) => Self::Held { until },
        }
    }
}

impl From<&Decision> for Verdict {
    /// Held when time alone lifts every rule that counts; then until the last of them ends.
    fn from(decision: &Decision) -> Self {
        if decision.serves() {
            return Self::Served;
        }
        let ends: Option<Vec<Timestamp>> =
            decision.because.iter().filter(|hit| hit.excused.is_none()).map(|hit| hit.until).collect();
        match ends.and_then(|ends| ends.into_iter().max()) {
            None => Self::Refused,
            until => Self::Held { until },
        }
    }
}

impl Verdict {
    /// The word on the badge.
    pub fn word(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Held { .. } => "held",
            Self::Refused => "refused",
        }
    }

    /// The tone of the style sheet: a class name.
    pub(crate) fn tone(self) -> &'static str {
        match self {
            Self::Served => "ok",
            Self::Held { .. } => "wait",
            Self::Refused => "no",
        }
    }

    /// When a held one passes.
    pub(crate) fn until(self) -> Option<Timestamp> {
        match self {
            Self::Held { until } => until,
            Self::Served | Self::Refused => None,
        }
    }
}

/// How many of some files are served, held and refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files that can be installed.
    pub served: u64,
    /// Files refused for now.
    pub held: u64,
    /// Files refused until a person changes something.
    pub refused: u64,
}

impl Tally {
    /// Counts verdicts.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Served => tally.served += 1,
                Verdict::Held { .. } => tally.held += 1,
                Verdict::Refused => tally.refused += 1,
            }
        }
        tally
    }

    /// All of them.
    pub fn total(self) -> u64 {
        self.served + self.held + self.refused
    }

    /// Those that cannot be installed now.
    pub fn stopped(self) -> u64 {
        self.held + self.refused
    }

    /// The kinds that occur: tone, word and number, served first.
    pub(crate) fn parts(self) -> Vec<(&'static str, &'static str, String)> {
        [("ok", "served", self.served), ("wait", "held", self.held), ("no", "refused", self.refused)]
            .into_iter()
            .filter(|(_, _, number)| *number > 0)
            .map(|(tone, word, number)| (tone, word, super::count(number)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packhouse_guard::Outcome;

    fn hit(rule: &'static str, until: Option<&str>) -> RuleHit {
        RuleHit {
            rule,
            short: String::new(),
            sentence: String::new(),
            lift: String::new(),
            until: until.map(|until| until.parse().expect(until)),
            excused: None,
        }
    }

    #[test]
    fn held_only_when_time_alone_lifts_all() {
        let early = Some("2026-11-24");
        let late = Some("2026-11-28");
        for (outcome, hits, expected) in [
            (Outcome::Serve, vec![], "served"),
            (Outcome::Tombstone, vec![hit("cooldown", early)], "held 2026-11-24"),
            (Outcome::Tombstone, vec![hit("cooldown", late), hit("other", early)], "held 2026-11-28"),
            (Outcome::Tombstone, vec![hit("cooldown", late), hit("wheels-only", None)], "refused"),
            (Outcome::Refuse, vec![hit("deny-list", None)], "refused"),
            (Outcome::Refuse, vec![], "refused"),
        ] {
            let verdict = Verdict::from(&Decision { outcome, because: hits, notes: Vec::new(), until: None });
            let until = verdict.until().map(|until| format!(" {}", until.date())).unwrap_or_default();
            assert_eq!(format!("{}{until}", verdict.word()), expected);
        }
    }
}

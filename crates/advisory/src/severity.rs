//! How bad it is.

use std::str::FromStr as _;

use cvss::{Cvss, Severity};

/// A score as a record has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// `CVSS_V2`, `CVSS_V3`, `CVSS_V4`, `Ubuntu` …
    pub kind: String,
    /// The vector, or the word.
    pub text: String,
    /// The base score, 0 to 10, of vectors of CVSS 3.0, 3.1 and 4.0; `None` for others and for damaged ones.
    pub base: Option<f64>,
}

/// The qualitative scale of CVSS 3 and 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rating {
    /// 0.0.
    None,
    /// Below 4.0.
    Low,
    /// Below 7.0.
    Medium,
    /// Below 9.0.
    High,
    /// 9.0 and more.
    Critical,
}

/// The base metrics of version 3 (section 2) and version 4 (section 2): others adjust the score to a time or a place.
const BASE_3: [&str; 8] = ["AV", "AC", "PR", "UI", "S", "C", "I", "A"];
const BASE_4: [&str; 11] = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"];

/// The longest vector that is read.
const LONGEST: usize = 400;

impl Score {
    pub(crate) fn new(kind: String, text: String) -> Self {
        let base = base(&text);
        Self { kind, text, base }
    }

    /// The rating that belongs to the base score, or to the word.
    pub fn rating(&self) -> Option<Rating> {
        match self.base {
            Some(base) if base <= 0.0 => Some(Rating::None),
            Some(base) if base < 4.0 => Some(Rating::Low),
            Some(base) if base < 7.0 => Some(Rating::Medium),
            Some(base) if base < 9.0 => Some(Rating::High),
            Some(_) => Some(Rating::Critical),
            None => Rating::of_word(&self.text),
        }
    }
}

fn base(vector: &str) -> Option<f64> {
    if vector.len() > LONGEST {
        return None;
    }
    let (version, metrics) = vector.split_once('/')?;
    let of_base = |metric: &&str| {
        let name = metric.split(':').next().unwrap_or_default();
        if version == "CVSS:4.0" { BASE_4.contains(&name) } else { BASE_3.contains(&name) }
    };
    let metrics: Vec<&str> = metrics.split('/').filter(of_base).collect();
    // A vector that lacks a metric has no score; the parser of version 4 would fill it in.
    let complete = if version == "CVSS:4.0" { BASE_4.len() } else { BASE_3.len() };
    if metrics.len() != complete {
        return None;
    }
    Some(Cvss::from_str(&format!("{version}/{}", metrics.join("/"))).ok()?.score())
}

impl Rating {
    /// What databases write: `LOW`, `MODERATE`, `MEDIUM`, `HIGH`, `CRITICAL`, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "none" | "negligible" => Self::None,
            "low" => Self::Low,
            "moderate" | "medium" => Self::Medium,
            "high" | "important" => Self::High,
            "critical" => Self::Critical,
            _ => return None,
        })
    }

    /// The word.
    pub fn word(self) -> &'static str {
        let severity = match self {
            Self::None => Severity::None,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        };
        severity.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        for (vector, base, rating) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(9.8), Some(Rating::Critical)),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some(6.1), Some(Rating::Medium)),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/E:P/RL:W/RC:C", Some(6.1), Some(Rating::Medium)),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                Some(9.3),
                Some(Rating::Critical),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U",
                Some(9.3),
                Some(Rating::Critical),
            ),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some(0.0), Some(Rating::None)),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", None, None),
            ("CVSS:4.0/AV:N", None, None),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", None, None),
            ("medium", None, Some(Rating::Medium)),
            ("", None, None),
        ] {
            let score = Score::new("CVSS_V3".to_owned(), vector.to_owned());
            assert_eq!(score.base, base, "{vector}");
            assert_eq!(score.rating(), rating, "{vector}");
        }
        assert_eq!(Rating::High.word(), "high");
    }
}

//! Whether a version is affected (OSV schema, section *Evaluation*).

use crate::ecosystem::{Ecosystem, Order, Ordered};
use crate::record::{Advisory, Affected, EventKind, Range, RangeKind};

/// What a record says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Not affected.
    No,
    /// Affected.
    Yes {
        /// The versions that the record names as fixed, in its order; empty when there is none.
        fixed: Vec<String>,
    },
    /// It cannot be told. Never to be taken for [`Answer::No`].
    Unknown {
        /// Why, as the end of a sentence.
        reason: String,
    },
}

impl Affected {
    /// Whether this version is affected. `malware` without any range or version means every version.
    pub(crate) fn evaluate(&self, version: &str, malware: bool) -> Answer {
        let key = self.ecosystem.version_key(version);
        let listed =
            self.keys.binary_search(&key).is_ok() || self.versions.iter().any(|text| text == version);
        if listed || (malware && self.ranges.is_empty() && self.versions.is_empty()) {
            return self.yes();
        }
        let mut unknown = None;
        for range in self.ranges.iter().filter(|range| range.kind != RangeKind::Git) {
            match included(range, &self.ecosystem, version) {
                Ok(true) => return self.yes(),
                Ok(false) => {}
                Err(reason) => unknown = Some(reason),
            }
        }
        if let Some(reason) = unknown {
            return Answer::Unknown { reason };
        }
        let by_version = self.ranges.iter().any(|range| range.kind != RangeKind::Git);
        if self.versions.is_empty() && !by_version {
            let reason = "the record names no version, only commits or nothing at all";
            return Answer::Unknown { reason: reason.to_owned() };
        }
        Answer::No
    }

    fn yes(&self) -> Answer {
        Answer::Yes { fixed: self.fixed().map(str::to_owned).collect() }
    }

    /// The versions that are named as fixed.
    pub fn fixed(&self) -> impl Iterator<Item = &str> {
        let ranges = self.ranges.iter().filter(|range| range.kind != RangeKind::Git);
        let fixes = ranges.flat_map(|range| &range.events).filter(|event| event.kind == EventKind::Fixed);
        fixes.map(|event| event.version.as_str())
    }
}

impl Advisory {
    /// Whether this version is one that the record names as fixed, and not affected by any other part of it.
    pub(crate) fn is_fixed_by(&self, affected: &[&Affected], version: &str) -> bool {
        let named = affected.iter().any(|one| {
            let key = one.ecosystem.version_key(version);
            one.fixed().any(|fixed| one.ecosystem.version_key(fixed) == key)
        });
        named && affected.iter().all(|one| one.evaluate(version, self.is_malware()) == Answer::No)
    }
}

/// Whether the version lies in the range, and before one of its limits. The error says what cannot be compared.
fn included(range: &Range, ecosystem: &Ecosystem, version: &str) -> Result<bool, String> {
    let order = match range.kind {
        RangeKind::SemVer => Some(Order::SemVer),
        _ => ecosystem.order(),
    };
    let order = order.ok_or_else(|| format!("the order of versions of {ecosystem} is not known"))?;
    let parse =
        |text: &str| order.parse(text).ok_or_else(|| format!("{text:?} is no version of {ecosystem}"));
    let version = parse(version)?;

    let mut events: Vec<(Option<Ordered>, EventKind)> = Vec::with_capacity(range.events.len());
    let mut limits = Vec::new();
    for event in &range.events {
        match (event.kind, event.version.as_str()) {
            // Before every version, also before pre-releases of 0.
            (EventKind::Introduced, "0") => events.push((None, EventKind::Introduced)),
            (EventKind::Limit, "*") => limits.push(None),
            (EventKind::Limit, text) => limits.push(Some(parse(text)?)),
            (kind, text) => events.push((Some(parse(text)?), kind)),
        }
    }
    let before_limits =
        limits.is_empty() || limits.iter().any(|limit| limit.as_ref().is_none_or(|limit| version < *limit));
    // At the same version what was fixed and introduced again is affected, and what was introduced and affected last is
    // affected: the order of `EventKind`.
    events.sort();
    let mut affected = false;
    for (at, kind) in &events {
        match (kind, at) {
            (EventKind::Introduced, None) => affected = true,
            (EventKind::Introduced, Some(at)) if version >= *at => affected = true,
            (EventKind::Fixed, Some(at)) if version >= *at => affected = false,
            (EventKind::LastAffected, Some(at)) if version > *at => affected = false,
            _ => {}
        }
    }
    Ok(affected && before_limits)
}

//! What is new in the difference counts; what was there already informs.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::Sha256;

use super::contents::Contents;
use super::report::{Baseline, Class, Finding};
use super::rule;
use super::rules::Rules;
use super::sink::{Draft, Sink};

/// Findings of one rule in one file that are listed.
const LISTED: usize = 20;

pub(super) struct Settled {
    pub(super) findings: Vec<Finding>,
    pub(super) more: usize,
}

/// What a baseline has.
struct Known {
    baseline: Baseline,
    /// Files with the same bytes, by their comparable path.
    same: BTreeSet<(String, Sha256)>,
    /// How often each finding stands in each file that differs.
    findings: BTreeMap<(String, String), usize>,
    /// All bytes that it has, wherever they lie.
    bytes: BTreeSet<Sha256>,
    capabilities: BTreeSet<&'static str>,
}

pub(super) fn settle(
    contents: &Contents,
    against: &[(Baseline, &Contents)],
    rules: &Rules,
    sink: &mut Sink<'_>,
    look: impl Fn(&Contents, &BTreeSet<(String, Sha256)>, &mut Sink<'_>),
) -> Settled {
    let own = hashes(contents);
    let mut known: Vec<Known> = Vec::new();
    for (baseline, other) in against.iter().filter(|(baseline, _)| *baseline != Baseline::LookAlike) {
        let theirs = hashes(other);
        let same: BTreeSet<_> = theirs.intersection(&own).cloned().collect();
        let bytes = theirs.into_iter().map(|(_, sha256)| sha256).collect();
        let mut theirs = Sink::new(rules);
        look(other, &same, &mut theirs);
        let mut findings = BTreeMap::new();
        for draft in theirs.drafts {
            *findings.entry((draft.key, draft.fingerprint)).or_insert(0) += 1;
        }
        let capabilities = theirs.capabilities.into_iter().map(|(_, word)| word).collect();
        known.push(Known { baseline: *baseline, same, findings, bytes, capabilities });
    }
    let judge = [Baseline::LastReviewed, Baseline::PreviousRelease]
        .into_iter()
        .find(|baseline| known.iter().any(|known| known.baseline == *baseline));
    capabilities(&known, judge, sink);
    let mut drafts = std::mem::take(&mut sink.drafts);
    // The same order whatever the stages did first, and the heaviest first where only some are listed.
    drafts.sort_by(|one, other| {
        let place = |draft: &Draft| draft.region.map(|region| (region.line, region.column));
        (other.class.cmp(&one.class))
            .then_with(|| other.alone.cmp(&one.alone))
            .then_with(|| one.path.cmp(&other.path))
            .then_with(|| place(one).cmp(&place(other)))
            .then_with(|| one.rule.id.cmp(other.rule.id))
            .then_with(|| one.message.cmp(&other.message))
    });
    let mut findings: Vec<Finding> = Vec::new();
    let mut seen: BTreeSet<_> = BTreeSet::new();
    for draft in drafts {
        let place = draft.region.map(|region| (region.line, region.column));
        // Two ways to the same place are one finding.
        if !seen.insert((draft.path.clone(), draft.fingerprint.clone(), place)) {
            continue;
        }
        let absent_from: Vec<Baseline> = known
            .iter_mut()
            .filter_map(|known| (!known.takes(&draft, contents)).then_some(known.baseline))
            .collect();
        let new = judge.is_none_or(|judge| absent_from.contains(&judge));
        let class = match (judge, new) {
            (_, false) => Class::Info,
            (Some(_), true) => draft.class,
            (None, true) => draft.alone,
        };
        findings.push(Finding {
            rule: Cow::Borrowed(draft.rule.id),
            rule_version: draft.rule.version,
            class,
            rule_class: draft.rule.class,
            path: draft.path,
            region: draft.region,
            excerpt: draft.excerpt,
            decoded: draft.decoded,
            message: draft.message,
            question: Cow::Borrowed(draft.rule.question),
            new,
            absent_from,
            fingerprint: draft.fingerprint,
        });
    }
    findings.sort_by_key(|finding| (Reverse(finding.class), Reverse(finding.new)));
    let before = findings.len();
    let mut listed: BTreeMap<(String, String), usize> = BTreeMap::new();
    findings.retain(|finding| {
        let count = listed.entry((finding.rule.to_string(), finding.path.clone())).or_default();
        *count += 1;
        *count <= LISTED
    });
    Settled { more: before - findings.len(), findings }
}

impl Known {
    /// Whether the baseline has this too. Each of its findings explains one of ours: the second one of a kind is new.
    fn takes(&mut self, draft: &Draft, contents: &Contents) -> bool {
        let outer = draft.path.split("!/").next().unwrap_or(&draft.path);
        let outer_key = draft.key.split("!/").next().unwrap_or(&draft.key);
        // What only moved is the same, unless it matters where it lies.
        let anywhere = ![rule::STARTUP.id, rule::INSTALL_CODE.id, rule::SETUP.id].contains(&draft.rule.id);
        if let Some(content) = contents.files.get(outer)
            && (self.same.contains(&(outer_key.to_owned(), content.sha256))
                || (anywhere && self.bytes.contains(&content.sha256)))
        {
            return true;
        }
        match self.findings.get_mut(&(draft.key.clone(), draft.fingerprint.clone())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

fn hashes(contents: &Contents) -> BTreeSet<(String, Sha256)> {
    let keys = contents.comparable();
    keys.into_iter().map(|(key, path)| (key, contents.files[path].sha256)).collect()
}

/// What the own code uses of the system now, and did not before. Files that did not change use what they used.
fn capabilities(known: &[Known], judge: Option<Baseline>, sink: &mut Sink<'_>) {
    let Some(known) = known.iter().find(|known| Some(known.baseline) == judge) else { return };
    let unchanged: BTreeSet<&String> = known.same.iter().map(|(key, _)| key).collect();
    let before = sink.capabilities.iter().filter(|(key, _)| unchanged.contains(key)).map(|(_, word)| *word);
    let before: BTreeSet<&str> = before.chain(known.capabilities.iter().copied()).collect();
    let new: BTreeSet<&str> =
        sink.capabilities.iter().map(|(_, word)| *word).filter(|word| !before.contains(word)).collect();
    for word in new {
        let fingerprint = Sha256::of(format!("S38\n{word}").as_bytes()).to_string();
        sink.drafts.push(Draft {
            rule: &rule::CAPABILITY,
            class: Class::Info,
            alone: Class::Info,
            path: String::new(),
            key: String::new(),
            region: None,
            excerpt: String::new(),
            decoded: None,
            message: format!("uses {word}, which it did not use before"),
            fingerprint: fingerprint[..16].to_owned(),
        });
    }
}

//! The items of a run, and the facts that its policies judge them by.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use packhouse_distribution::act::{HintKind, Tier};
use packhouse_distribution::review::{ReviewStatus, statuses};
use packhouse_distribution::series::{self, Intent};
use packhouse_distribution::state::rows::{CandidateRow, HintRow, Placed, ProjectKey, Stewardship};
use packhouse_distribution::{Release, State, identity};
use packhouse_migration::{
    Block, Exemption, IdentityHold, Item, ItemFacts, ItemId, ItemKind, Lane, PlatformCoverage, Quorum,
    RetirementFacts, Risk, Unblock, Violation, Waiver, WaiverTarget,
};
use packhouse_model::{MaintainerId, ProjectName, RiskClass, Sha256, SuiteName, Timestamp};
use packhouse_pypi::environment::Environment;
use packhouse_pypi::tags::WheelTags;
use packhouse_pypi::version::Version;

/// What could move from `source` to `suite` now.
pub(super) fn items(state: &State, suite: &SuiteName, source: &SuiteName, now: Timestamp) -> Vec<Item> {
    let reviews = statuses(state, now);
    let context = Context { state, suite, reviews, now };
    let mut items = Vec::new();
    for (project, placement) in state.suite_projects(source) {
        for placed in placement.releases.values() {
            items.extend(context.item(project, placed));
        }
    }
    for (project, _) in state.suite_projects(suite) {
        items.extend(context.removal(project));
    }
    super::transitions::mark(state, suite, &mut items);
    items
}

struct Context<'s> {
    state: &'s State,
    suite: &'s SuiteName,
    reviews: BTreeMap<Release, ReviewStatus>,
    now: Timestamp,
}

impl Context<'_> {
    /// The step that brings one release of the source suite. None: it is there, or the project's intent would not keep it.
    fn item(&self, project: &ProjectName, placed: &Placed) -> Option<Item> {
        let (state, release) = (self.state, &placed.release);
        let row = state.candidates.get(release)?;
        let refused = state.conditions.get(release).is_some_and(|row| row.condition.refuses());
        if refused || !state.is_maintained(project) {
            return None;
        }
        let there = state.placement(self.suite, project);
        let here = there.and_then(|placement| placement.releases.get(&release.version.key()));
        let new_files = match here {
            Some(here) if placed.files.is_subset(&here.files) => return None,
            Some(_) => true,
            None => false,
        };
        let mut versions: Vec<Version> = there
            .map(|placement| {
                placement.releases.values().map(|placed| placed.release.version.clone()).collect()
            })
            .unwrap_or_default();
        let before = versions.clone();
        if !versions.contains(&release.version) {
            versions.push(release.version.clone());
        }
        let intents: Vec<Intent> = state
            .projects
            .get(&ProjectKey(project.clone()))
            .map(|row| row.series.iter().filter_map(|word| Intent::parse(word).ok()).collect())
            .unwrap_or_default();
        let kept = series::kept(&intents, &versions);
        if !kept.contains(&release.version) {
            return None;
        }
        let removes: Vec<Version> =
            before.iter().filter(|version| !kept.contains(version)).cloned().collect();
        let series = series::series_of(&release.version);
        let replaced = before
            .iter()
            .filter(|version| series::series_of(version) == series)
            .max()
            .map(|version| Release::new(project.clone(), version.clone()));
        let kind = match (new_files, before.is_empty()) {
            (true, _) => ItemKind::NewFiles,
            (false, true) => ItemKind::New,
            (false, false) => ItemKind::Update,
        };
        let mut facts = self.facts(release, row, placed, replaced.as_ref());
        facts.new_series = replaced.is_none() && !before.is_empty();
        Some(Item {
            id: ItemId::from(release.to_string()),
            project: project.clone(),
            kind,
            adds: vec![release.version.clone()],
            removes,
            hashes: placed.files.clone(),
            transition: None,
            facts,
        })
    }

    /// The step that takes a retired project out.
    fn removal(&self, project: &ProjectName) -> Option<Item> {
        let row = self.state.projects.get(&ProjectKey(project.clone()))?;
        if row.stewardship != Stewardship::Retired {
            return None;
        }
        let placement = self.state.placement(self.suite, project)?;
        let retired = row.retired.as_ref()?;
        let mut facts = ItemFacts::new(retired.at, Risk::R0);
        facts.retired = Some(RetirementFacts {
            since: retired.at,
            reason: retired.reason.clone(),
            promised: self
                .state
                .promised_in(self.suite, project)
                .map(ToString::to_string)
                .into_iter()
                .collect(),
        });
        Some(Item {
            id: ItemId::from(format!("-{project}")),
            project: project.clone(),
            kind: ItemKind::Removal,
            adds: Vec::new(),
            removes: placement.releases.values().map(|placed| placed.release.version.clone()).collect(),
            hashes: placement.releases.values().flat_map(|placed| placed.files.iter().copied()).collect(),
            transition: None,
            facts,
        })
    }

    fn facts(
        &self,
        release: &Release,
        row: &CandidateRow,
        placed: &Placed,
        replaced: Option<&Release>,
    ) -> ItemFacts {
        let mut facts = ItemFacts::new(placed.since, risk(row.candidate.risk));
        if let Some(status) = self.reviews.get(release) {
            self.review_facts(status, &placed.files, &mut facts);
        }
        let changes = &row.candidate.identity;
        if identity::holds(changes) {
            facts.identity = Some(IdentityHold {
                changed: changes
                    .iter()
                    .map(|change| format!("{}: {} is now {}", change.what, change.before, change.after))
                    .collect(),
                since: row.found,
                cleared: facts
                    .quorum
                    .as_ref()
                    .is_some_and(|quorum| quorum.signatures >= quorum.signatures_needed),
            });
        }
        facts.coverage = Some(self.coverage(row, &placed.files, replaced));
        let state = self.state;
        let project = state.projects.get(&ProjectKey(release.project.clone()));
        facts.key_package = project.is_some_and(|project| project.tier == Tier::Key);
        let about =
            |hint: &&HintRow| !hint.ended && hint.hint.suite == *self.suite && hint.hint.release == *release;
        let stands = |entry: &u64, hint: &HintRow| state.why_void(*entry, &hint.keys).is_none();
        let hints = || {
            state.hints.iter().filter(|(entry, hint)| stands(entry, hint)).map(|(_, hint)| hint).filter(about)
        };
        facts.lane = lane(hints(), &placed.files);
        for hint in hints() {
            person_says(hint, self.now, &mut facts);
        }
        facts
    }

    fn review_facts(&self, status: &ReviewStatus, files: &BTreeSet<Sha256>, facts: &mut ItemFacts) {
        let own = || status.files.iter().filter(|(sha256, _)| files.contains(sha256)).map(|(_, file)| file);
        let fewest = own().min_by_key(|file| (file.reviewed, file.counted.len(), file.organisations));
        let claim = self.state.claims.get(&status.release).filter(|claim| claim.until > self.now);
        facts.quorum = fewest.map(|file| Quorum {
            signatures: file.counted.len() as u32,
            signatures_needed: status.needed.signatures as u32,
            organisations: file.organisations as u32,
            organisations_needed: status.needed.organisations as u32,
            claimed_by: claim.map(|claim| claim.by.to_string()).into_iter().collect(),
        });
        let exempt = own().filter_map(|file| file.exempt).min_by_key(|(_, until)| *until);
        facts.exemption = exempt.and_then(|(entry, until)| {
            let row = self.state.exemptions.get(&entry)?;
            Some(Exemption { by: row.by.to_string(), reason: row.exempt.reason.clone(), until })
        });
        facts.violations = status
            .violations
            .iter()
            .map(|violation| Violation {
                by: violation.by.to_string(),
                reason: violation.notes.clone(),
                since: since(self.state, violation.entry).unwrap_or(self.now),
            })
            .collect();
    }

    /// For each environment of the suite, whether a wheel fits, now and in what is replaced.
    fn coverage(
        &self,
        row: &CandidateRow,
        files: &BTreeSet<Sha256>,
        replaced: Option<&Release>,
    ) -> BTreeMap<String, PlatformCoverage> {
        let Some(suite) = self.state.suites.get(self.suite) else { return BTreeMap::new() };
        let before = replaced.and_then(|release| {
            let placed = self.state.placement(self.suite, &release.project)?;
            let files = &placed.releases.get(&release.version.key())?.files;
            Some((self.state.candidates.get(release)?, files))
        });
        let mut coverage = BTreeMap::new();
        for declared in &suite.settings.environments {
            let Ok(environment) = Environment::parse(&declared.name) else { continue };
            let now = fits(row, files, &environment);
            let before = before.is_some_and(|(row, files)| fits(row, files, &environment));
            let platform = PlatformCoverage { now, before, required: !declared.may_lag };
            coverage.insert(declared.name.clone(), platform);
        }
        coverage
    }
}

fn fits(row: &CandidateRow, files: &BTreeSet<Sha256>, environment: &Environment) -> bool {
    row.files.iter().any(|(filename, sha256)| {
        files.contains(sha256) && WheelTags::of_wheel(filename).is_ok_and(|tags| environment.fits(&tags))
    })
}

fn person_says(row: &HintRow, now: Timestamp, facts: &mut ItemFacts) {
    let (by, reason, hashes) = (row.by.to_string(), row.hint.reason.clone(), row.files.clone());
    match row.hint.kind {
        HintKind::Block => facts.blocks.push(Block { by, reason, since: row.at, hashes }),
        HintKind::Unblock => facts.unblocks.push(Unblock { by, reason, at: row.at, hashes }),
        HintKind::AgeDays => {
            let expires = row.hint.until.unwrap_or(Timestamp::MAX);
            let wait = row.hint.days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
            if wait.is_some_and(|wait| facts.since.plus(wait) <= now) && now < expires {
                let what = WaiverTarget::Policy("age".to_owned());
                facts.waivers.push(Waiver { what, by, reason, expires, hashes });
            }
        }
        HintKind::Waive => {
            let expires = row.hint.until.unwrap_or(now);
            let targets: Vec<WaiverTarget> = if row.hint.names.is_empty() {
                vec![WaiverTarget::Policy(row.hint.fact.clone().unwrap_or_default())]
            } else {
                let broken =
                    |root: &String| WaiverTarget::Uninstallable { root: root.clone(), environment: None };
                row.hint.names.iter().map(broken).collect()
            };
            for what in targets {
                let (by, reason, hashes) = (by.clone(), reason.clone(), hashes.clone());
                facts.waivers.push(Waiver { what, by, reason, expires, hashes });
            }
        }
        // Counted over all hints: see `lane`.
        HintKind::Security => {}
    }
}

/// The security lane, with as many approvals of these bytes as there are people who gave one: one person's second word
/// is no second person.
fn lane<'h>(hints: impl Iterator<Item = &'h HintRow>, files: &BTreeSet<Sha256>) -> Lane {
    let people: BTreeSet<&MaintainerId> = hints
        .filter(|row| row.hint.kind == HintKind::Security && row.files.is_superset(files))
        .map(|row| &row.by)
        .collect();
    if people.is_empty() { Lane::Normal } else { Lane::Security { approvals: people.len() as u32 } }
}

fn risk(class: RiskClass) -> Risk {
    match class {
        RiskClass::R0 => Risk::R0,
        RiskClass::R1 => Risk::R1,
        RiskClass::R2 => Risk::R2,
        RiskClass::R3 => Risk::R3,
        RiskClass::R4 => Risk::R4,
    }
}

/// When a review was signed, here or at a peer.
fn since(state: &State, review: u64) -> Option<Timestamp> {
    let imported = || state.imports.get(&review).map(|row| row.review.at);
    state.reviews.get(&review).map(|row| row.at).or_else(imported)
}

#[cfg(test)]
mod tests {
    use packhouse_distribution::act::Hint;

    use super::*;

    fn hint(by: &str, kind: HintKind, days: Option<u32>) -> HintRow {
        let at: Timestamp = "2026-06-01".parse().expect("a time");
        let hint = Hint {
            suite: "testing".parse().expect("a suite"),
            release: "reb==1.2".parse().expect("a release"),
            kind,
            days,
            fact: None,
            names: BTreeSet::new(),
            until: None,
            reason: "needed".to_owned(),
        };
        let files = BTreeSet::from([Sha256::of(b"reb")]);
        HintRow { by: by.parse().expect("a person"), keys: BTreeSet::new(), at, files, hint, ended: false }
    }

    #[test]
    fn one_person_is_one_approval() {
        let files = BTreeSet::from([Sha256::of(b"reb")]);
        let other = BTreeSet::from([Sha256::of(b"reb"), Sha256::of(b"later")]);
        let [first, again, bob] = ["alice", "alice", "bob"].map(|by| hint(by, HintKind::Security, None));
        assert_eq!(lane([].into_iter(), &files), Lane::Normal);
        assert_eq!(lane([&first, &again].into_iter(), &files), Lane::Security { approvals: 1 });
        assert_eq!(lane([&first, &bob].into_iter(), &files), Lane::Security { approvals: 2 });
        // A file that came later was approved by nobody.
        assert_eq!(lane([&first, &bob].into_iter(), &other), Lane::Normal);
    }

    #[test]
    fn a_shorter_wait_ends_after_its_days() {
        let since: Timestamp = "2026-06-01".parse().expect("a time");
        for (now, waived) in [("2026-06-03T23:59:59Z", 0), ("2026-06-04", 1)] {
            let mut facts = ItemFacts::new(since, Risk::R4);
            let now = now.parse().expect("a time");
            person_says(&hint("alice", HintKind::AgeDays, Some(3)), now, &mut facts);
            assert_eq!(facts.waivers.len(), waived, "{now}");
        }
    }
}

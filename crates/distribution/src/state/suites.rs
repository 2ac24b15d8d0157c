use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_model::{SuiteName, Timestamp};

use super::rows::{HintRow, Stewardship, Suite};
use super::{ReadEntry, Refused, State, rules};
use crate::act::{
    Because, Environment, Hint, HintEnd, HintKind, ReleaseSuite, Role, SetStage, Stage, SuiteKind, SuiteSet,
};

pub(super) use super::snapshots::snapshot;

/// Environments of one suite.
const MOST_ENVIRONMENTS: usize = 40;
/// Profiles of one suite, and requirements of one profile.
const MOST_PROFILES: usize = 200;
/// A waiver's longest time.
const LONGEST_WAIVER: Duration = Duration::from_secs(180 * 24 * 3600);

pub(super) fn set(state: &mut State, entry: &ReadEntry, act: &SuiteSet) -> Result<(), Refused> {
    rules::person_with(state, entry, &[Role::ReleaseManager])?;
    if act.environments.is_empty() || act.environments.len() > MOST_ENVIRONMENTS {
        return Err(Refused::value("environments", format!("must be 1 to {MOST_ENVIRONMENTS}")));
    }
    act.environments.iter().try_for_each(environment)?;
    if act.profiles.len() > MOST_PROFILES || act.profiles.iter().any(|p| p.requires.len() > MOST_PROFILES) {
        return Err(Refused::value("profiles", format!("must be at most {MOST_PROFILES}, each of as many")));
    }
    match (&act.source, act.kind) {
        (None, SuiteKind::Testing) => {
            return Err(Refused::value("source", "is missing: testing takes its releases from a suite"));
        }
        (Some(_), SuiteKind::Unstable) => {
            return Err(Refused::value("source", "must be absent: what is accepted enters unstable"));
        }
        (Some(source), _) => {
            if *source == act.suite {
                return Err(Refused::value("source", "is the suite itself"));
            }
            rules::suite(state, source)?;
        }
        (None, _) => {}
    }
    let row = match state.suites.get(&act.suite) {
        Some(known) if known.settings.kind != act.kind => {
            return Err(Refused::Conflict(format!("{} is a suite of another kind", act.suite)));
        }
        Some(known) if known.stage == Stage::EndOfLife => {
            return Err(Refused::Conflict(format!("{} is no longer looked after", act.suite)));
        }
        Some(known) => Suite { settings: act.clone(), ..known.clone() },
        None => Suite {
            settings: act.clone(),
            stage: Stage::Development,
            stage_since: entry.at,
            serial: 0,
            released: None,
        },
    };
    state.suites.put(act.suite.clone(), row);
    Ok(())
}

fn environment(environment: &Environment) -> Result<(), Refused> {
    packhouse_pypi::environment::Environment::parse(&environment.name)
        .map(|_| ())
        .map_err(|error| Refused::value("environments", error.to_string()))
}

pub(super) fn set_stage(state: &mut State, entry: &ReadEntry, act: &SetStage) -> Result<(), Refused> {
    rules::person_with(state, entry, &[Role::ReleaseManager])?;
    rules::text("reason", &act.reason)?;
    let row = rules::suite(state, &act.suite)?;
    if row.stage == act.stage {
        return Err(Refused::Conflict(format!("{} is in {} already", act.suite, act.stage.word())));
    }
    if row.stage == Stage::EndOfLife {
        return Err(Refused::Conflict(format!("{} is no longer looked after: that is final", act.suite)));
    }
    if act.stage == Stage::Released {
        return Err(Refused::value("stage", "is the outcome of `packhouse release`, not a word"));
    }
    if row.stage == Stage::Released && act.stage != Stage::EndOfLife {
        return Err(Refused::Conflict(format!("{} is released: a promise is not taken back", act.suite)));
    }
    state.suites.edit(&act.suite, |row| {
        row.stage = act.stage;
        row.stage_since = entry.at;
    });
    Ok(())
}

/// What a release would bring into its suite although its reviews do not suffice, as a sentence; none while there is nothing
/// such. What the suite lists already stays in it.
pub(super) fn unreviewed(state: &State, act: &ReleaseSuite, now: Timestamp) -> Option<String> {
    let listed = state.contents(&act.suite);
    let statuses = crate::review::statuses(state, now);
    let contents = state.releasable(&act.from, act.serial)?;
    let mut lacking = contents.iter().filter(|(release, files)| {
        let known = listed.get(release).is_some_and(|listed| listed.is_superset(files));
        !known && !statuses.get(release).is_some_and(|status| files.is_subset(&status.reviewed))
    });
    let (first, _) = lacking.next()?;
    let more = match lacking.count() {
        0 => String::new(),
        more => format!(", and so have {more} more"),
    };
    Some(format!(
        "{first} in {}@{} has lost its reviews{more}: `packhouse queue` lists them. Have them reviewed again, or exempted until \
         a date, before {} is released with them",
        act.from, act.serial, act.suite
    ))
}

pub(super) fn release(state: &mut State, entry: &ReadEntry, act: &ReleaseSuite) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::ReleaseManager])?.clone();
    let row = rules::suite(state, &act.suite)?;
    if row.settings.kind != SuiteKind::Stable {
        return Err(Refused::Conflict(format!("{} is no stable suite: only those are released", act.suite)));
    }
    if row.stage == Stage::EndOfLife {
        return Err(Refused::Conflict(format!("{} is no longer looked after", act.suite)));
    }
    let id = super::rows::SnapshotId::new(act.from.clone(), act.serial);
    let source = state.snapshots.get(&id).ok_or_else(|| Refused::missing("snapshot", &id))?;
    if source.contents != act.contents {
        return Err(Refused::value(
            "contents",
            format!("is not the digest of {id}: other contents were seen"),
        ));
    }
    if row.released.as_ref().is_some_and(|(version, _)| *version == act.version) {
        return Err(Refused::Conflict(format!("{} {} is released already", act.suite, act.version)));
    }
    if act.version.is_empty() || act.version.len() > 40 {
        return Err(Refused::value("version", "must be a short text such as 1.0"));
    }
    if act.promise.supported_until <= entry.at {
        return Err(Refused::value("supported_until", "must lie ahead"));
    }
    super::candidates::propose(state, entry, by);
    Ok(())
}

pub(super) fn hint(state: &mut State, entry: &ReadEntry, act: &Hint) -> Result<(), Refused> {
    let roles: &[Role] = match act.kind {
        HintKind::Block | HintKind::Security => &[Role::ReleaseManager, Role::Security],
        HintKind::Unblock | HintKind::AgeDays | HintKind::Waive => &[Role::ReleaseManager],
    };
    let by = rules::person_with(state, entry, roles)?.clone();
    rules::suite(state, &act.suite)?;
    let row = rules::candidate(state, &act.release)?;
    rules::subjects_of(entry, row)?;
    rules::text("reason", &act.reason)?;
    match act.kind {
        HintKind::AgeDays if act.days.is_none() => {
            return Err(Refused::value("days", "is missing"));
        }
        HintKind::Waive if act.fact.is_none() => {
            return Err(Refused::value("fact", "is missing: name the rule that is waived"));
        }
        HintKind::Waive
            if act.until.is_none_or(|end| end <= entry.at || end > entry.at.plus(LONGEST_WAIVER)) =>
        {
            return Err(Refused::value("until", "must lie ahead, by 180 days at most: a waiver ends"));
        }
        _ => {}
    }
    let keys = rules::signing_keys(state, entry);
    let row = HintRow { by, keys, at: entry.at, files: entry.files(), hint: act.clone(), ended: false };
    state.hints.put(entry.number, row);
    Ok(())
}

pub(super) fn hint_end(state: &mut State, entry: &ReadEntry, act: &HintEnd) -> Result<(), Refused> {
    let row = state.hints.get(&act.entry).ok_or_else(|| Refused::missing("hint in entry", &act.entry))?;
    if entry.by.maintainer() != Some(&row.by) {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    }
    if row.ended {
        return Err(Refused::Conflict(format!("the hint in entry {} has ended already", act.entry)));
    }
    state.hints.edit(&act.entry, |row| row.ended = true);
    Ok(())
}

impl State {
    /// The people who have sent these files of a release through the security lane to a suite: one person's second word is
    /// no second person.
    pub fn security_approvals(
        &self,
        suite: &SuiteName,
        release: &crate::Release,
        files: &BTreeSet<packhouse_model::Sha256>,
        now: packhouse_model::Timestamp,
    ) -> BTreeSet<&packhouse_model::MaintainerId> {
        let holds = |entry: u64, row: &HintRow| {
            let hint = &row.hint;
            !row.ended
                && self.why_void(entry, &row.keys).is_none()
                && hint.kind == HintKind::Security
                && hint.suite == *suite
                && hint.release == *release
                && hint.until.is_none_or(|end| end > now)
                && row.files.is_superset(files)
        };
        self.hints.iter().filter(|(entry, row)| holds(**entry, row)).map(|(_, row)| &row.by).collect()
    }

    /// The projects that a suite holds, in order.
    pub fn suite_projects<'s>(
        &'s self,
        suite: &SuiteName,
    ) -> impl Iterator<Item = (&'s packhouse_model::ProjectName, &'s super::rows::Placement)> + use<'s> {
        let first =
            super::rows::PlacementId::new(suite.clone(), packhouse_model::ProjectName::from_canonical(""));
        let suite = suite.clone();
        self.placements
            .range(first..)
            .take_while(move |(id, _)| id.suite == suite)
            .map(|(id, placement)| (&id.project, placement))
    }

    /// The suites of one kind.
    pub fn suites_of(&self, kind: SuiteKind) -> BTreeSet<&SuiteName> {
        self.suites.iter().filter(|(_, row)| row.settings.kind == kind).map(|(name, _)| name).collect()
    }

    /// The released suite that a suite collects proposed updates for, when it holds the project: its next point release is
    /// made of that suite, and what is in a stable suite stays in it.
    pub fn promised_in(
        &self,
        suite: &SuiteName,
        project: &packhouse_model::ProjectName,
    ) -> Option<&SuiteName> {
        let first = self.snapshots.get(&super::rows::SnapshotId::new(suite.clone(), 1))?;
        let Because::Begin { from, .. } = &first.because else { return None };
        let released = self.suites.get(from)?;
        let stands = released.released.is_some() && released.stage != Stage::EndOfLife;
        (stands && self.placement(from, project).is_some()).then_some(from)
    }

    /// Whether releases of the project still come in.
    pub fn is_maintained(&self, project: &packhouse_model::ProjectName) -> bool {
        self.projects
            .get(&super::rows::ProjectKey(project.clone()))
            .is_some_and(|row| row.stewardship != Stewardship::Retired)
    }
}

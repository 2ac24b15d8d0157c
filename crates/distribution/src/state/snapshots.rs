//! Suites and their snapshots: what one holds, what it held, and whether a change of it may be.

mod reasons;
mod rollback;

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{ProjectName, Sha256, SuiteName};

use super::rows::{CandidateState, Placed, Placement, PlacementId, SnapshotId, SnapshotRow};
use super::{ReadEntry, Refused, State, notices, rules};
use crate::Release;
use crate::act::{Act, Because, Condition, Listing, ReleaseSuite, Role, Snapshot, Stage};

/// How many people send a fix through the security lane (notes on the process, section 2.5).
pub(crate) const SECURITY_APPROVALS: usize = 2;

pub use rollback::Rollback;

/// The releases of a suite with their files.
pub type Contents = BTreeMap<Release, BTreeSet<Sha256>>;

/// SHA-256 over one line for each release: `flask==3.1.0 <sha256>,<sha256>\n`, releases and files in order.
pub fn digest(contents: &Contents) -> Sha256 {
    let mut text = String::new();
    for (release, files) in contents {
        text.push_str(release.project.as_str());
        text.push_str("==");
        text.push_str(&release.version.key());
        let mut separator = ' ';
        for sha in files {
            text.push(separator);
            text.push_str(&sha.hex());
            separator = ',';
        }
        text.push('\n');
    }
    Sha256::of(text.as_bytes())
}

impl State {
    /// What a suite holds now.
    pub fn contents(&self, suite: &SuiteName) -> Contents {
        self.suite_projects(suite)
            .flat_map(|(_, placement)| placement.releases.values())
            .map(|placed| (placed.release.clone(), placed.files.clone()))
            .collect()
    }

    /// The digest of what a suite holds now.
    pub fn contents_digest(&self, suite: &SuiteName) -> Sha256 {
        digest(&self.contents(suite))
    }

    /// What a suite held after the snapshot `serial`: the present, gone back through the differences. None when there
    /// is no such snapshot.
    pub fn contents_at(&self, suite: &SuiteName, serial: u64) -> Option<Contents> {
        let newest = self.suites.get(suite)?.serial;
        if serial > newest || serial == 0 {
            return None;
        }
        let mut contents = self.contents(suite);
        for undone in (serial + 1..=newest).rev() {
            let row = self.snapshots.get(&SnapshotId::new(suite.clone(), undone))?;
            for listing in &row.adds {
                contents.remove(&listing.release);
            }
            for listing in row.removed.iter().chain(&row.replaced) {
                contents.insert(listing.release.clone(), listing.files.clone());
            }
        }
        Some(contents)
    }

    /// What a release or a beginning takes over from a snapshot: its contents, without what was quarantined or condemned
    /// since then. For a rollback, see [`State::rollback`].
    pub fn releasable(&self, suite: &SuiteName, serial: u64) -> Option<Contents> {
        let mut contents = self.contents_at(suite, serial)?;
        contents
            .retain(|release, _| !self.conditions.get(release).is_some_and(|row| row.condition.refuses()));
        Some(contents)
    }

    /// The releases of a project that a suite held once and holds no more, with all files that they had there.
    pub fn left(&self, suite: &SuiteName, project: &ProjectName) -> Contents {
        let all = SnapshotId::new(suite.clone(), 0)..=SnapshotId::new(suite.clone(), u64::MAX);
        let mut left = Contents::new();
        for (_, row) in self.snapshots.range(all) {
            let gone = row.removed.iter().chain(&row.replaced);
            for listing in gone.filter(|listing| listing.release.project == *project) {
                left.entry(listing.release.clone()).or_default().extend(listing.files.iter().copied());
            }
        }
        if let Some(placement) = self.placement(suite, project) {
            left.retain(|release, _| !placement.releases.contains_key(&release.version.key()));
        }
        left
    }

    /// The snapshot that turns what `suite` holds into `wanted`, ready to be signed.
    pub fn snapshot_towards(
        &self,
        suite: &SuiteName,
        wanted: &Contents,
        because: Because,
    ) -> Option<Snapshot> {
        let serial = self.suites.get(suite)?.serial + 1;
        let now = self.contents(suite);
        let adds = wanted
            .iter()
            .filter(|(release, files)| now.get(release) != Some(files))
            .map(|(release, files)| Listing { release: release.clone(), files: files.clone() })
            .collect();
        let removes = now.keys().filter(|release| !wanted.contains_key(release)).cloned().collect();
        Some(Snapshot { suite: suite.clone(), serial, adds, removes, because, contents: digest(wanted) })
    }
}

pub(super) fn snapshot(state: &mut State, entry: &ReadEntry, act: &Snapshot) -> Result<(), Refused> {
    let suite = rules::suite(state, &act.suite)?.clone();
    if let Because::Rollback { .. } | Because::Begin { .. } = act.because {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    } else {
        rules::server_only(entry)?;
    }
    if suite.stage == Stage::EndOfLife {
        return Err(Refused::Conflict(format!(
            "{} is no longer looked after: it does not change",
            act.suite
        )));
    }
    if act.serial != suite.serial + 1 {
        return Err(Refused::Conflict(format!(
            "{} is at snapshot {}: the next is {}, not {}",
            act.suite,
            suite.serial,
            suite.serial + 1,
            act.serial
        )));
    }
    let (named, released) = named_contents(state, entry, act)?;
    let implied = named.map(|wanted| {
        let towards = state.snapshot_towards(&act.suite, &wanted, act.because.clone());
        towards.unwrap_or_else(|| act.clone())
    });
    let said = act;
    let act = implied.as_ref().unwrap_or(act);
    for listing in &act.adds {
        listable(state, listing)?;
    }
    if released.is_some()
        && let Some(broken) = broken_promise(state, act)
    {
        return Err(Refused::Conflict(broken));
    }
    reasons::justified(state, entry, act, &suite)?;
    let (removed, replaced) = place(state, entry, act)?;
    let found = state.contents_digest(&act.suite);
    if found != said.contents {
        return Err(Refused::value(
            "contents",
            format!("the suite comes to {found} after this, not {}", said.contents),
        ));
    }
    let row = SnapshotRow {
        at: entry.at,
        entry: entry.number,
        because: act.because.clone(),
        adds: act.adds.clone(),
        removed,
        replaced,
        contents: said.contents,
    };
    state.snapshots.put(SnapshotId::new(act.suite.clone(), act.serial), row);
    // Who looks after what does not come back is told by the same entry.
    if let Because::Rollback { left_out: Some(left_out), .. } = &act.because {
        notices::tell(state, entry.number, left_out.iter().map(|left| &left.release.project), &[]);
    }
    state.suites.edit(&act.suite, |row| {
        row.serial = act.serial;
        if let Some(release) = &released {
            row.stage = Stage::Released;
            row.stage_since = entry.at;
            row.released = Some((release.version.clone(), entry.at));
            row.settings.supported_until = Some(release.promise.supported_until);
        }
    });
    Ok(())
}

/// Refuses what must not be in any suite, whoever says so.
fn listable(state: &State, listing: &Listing) -> Result<(), Refused> {
    let row = rules::candidate(state, &listing.release)?;
    let known: BTreeSet<&Sha256> = row.files.values().collect();
    if listing.files.is_empty() || !listing.files.iter().all(|sha| known.contains(sha)) {
        return Err(Refused::value("adds", format!("{}: its files are not those taken in", listing.release)));
    }
    match state.conditions.get(&listing.release).map(|row| row.condition) {
        Some(condition @ (Condition::Quarantined | Condition::Condemned)) => Err(Refused::Conflict(format!(
            "{} is {} and cannot be listed",
            listing.release,
            condition.word()
        ))),
        _ => Ok(()),
    }
}

/// What a release or a rollback takes over, and the release that is carried out.
fn named_contents(
    state: &State,
    entry: &ReadEntry,
    act: &Snapshot,
) -> Result<(Option<Contents>, Option<ReleaseSuite>), Refused> {
    let (suite, serial, release) = match &act.because {
        Because::Release { entry: number } => {
            let release = carried_release(state, act, *number)?;
            (release.from.clone(), release.serial, Some(release))
        }
        Because::Rollback { to, .. } => (act.suite.clone(), *to, None),
        Because::Begin { from, serial, .. } => (from.clone(), *serial, None),
        _ => return Ok((None, None)),
    };
    if !act.adds.is_empty() || !act.removes.is_empty() {
        return Err(Refused::value(
            "adds",
            format!("must be empty: the contents are those of {suite}@{serial}"),
        ));
    }
    let contents = match &act.because {
        Because::Rollback { left_out: Some(seen), .. } => {
            rollback::taken_over(state, &suite, serial, entry.at, seen)?
        }
        _ => state
            .releasable(&suite, serial)
            .ok_or_else(|| Refused::missing("snapshot", &SnapshotId::new(suite, serial)))?,
    };
    Ok((Some(contents), release))
}

/// What is wrong with a rollback that does not say what it leaves out.
pub(super) fn unsaid(act: &Snapshot) -> Option<String> {
    let Because::Rollback { to, left_out: None, .. } = &act.because else { return None };
    Some(format!(
        "a rollback of {} to {to} names what it leaves out: `packhouse suite rollback` shows that, and signs it",
        act.suite
    ))
}

/// The approved release that a snapshot says it carries out.
fn carried_release(state: &State, act: &Snapshot, number: u64) -> Result<ReleaseSuite, Refused> {
    let pending = state.pending.get(&number).ok_or_else(|| Refused::missing("release in entry", &number))?;
    let Some(Act::ReleaseSuite(release)) = pending.act() else {
        return Err(Refused::Conflict(format!("entry {number} is no release")));
    };
    if pending.approved_by.is_none() {
        return Err(Refused::Conflict(format!("the release in entry {number} waits for a second person")));
    }
    if release.suite != act.suite {
        return Err(Refused::Conflict(format!("this is not what entry {number} releases")));
    }
    Ok(*release)
}

/// What is in N.y is in N.(y+1), and no new series comes.
fn broken_promise(state: &State, act: &Snapshot) -> Option<String> {
    let mut after = state.contents(&act.suite);
    for release in &act.removes {
        after.remove(release);
    }
    for listing in &act.adds {
        after.insert(listing.release.clone(), listing.files.clone());
    }
    promise_broken_by(state, &act.suite, &after)
}

/// How these contents would break what a released suite promises. What is quarantined or condemned was promised to nobody.
pub(crate) fn promise_broken_by(state: &State, suite: &SuiteName, after: &Contents) -> Option<String> {
    state.suites.get(suite)?.released.as_ref()?;
    let series = |contents: &Contents| -> BTreeSet<(ProjectName, String)> {
        contents
            .keys()
            .map(|release| (release.project.clone(), crate::series::series_of(&release.version)))
            .collect()
    };
    let mut before = state.contents(suite);
    before.retain(|release, _| !state.conditions.get(release).is_some_and(|row| row.condition.refuses()));
    let (before, after) = (series(&before), series(after));
    if let Some((project, gone)) = before.difference(&after).next() {
        return Some(format!("{project} {gone} is in {suite}: what is in a stable suite stays in it"));
    }
    let projects: BTreeSet<&ProjectName> = before.iter().map(|(project, _)| project).collect();
    after
        .difference(&before)
        .find(|(project, _)| projects.contains(project))
        .map(|(project, new)| format!("{project} {new} is a new series: a stable suite gets none"))
}

/// Carries the differences out; gives what was there before.
fn place(
    state: &mut State,
    entry: &ReadEntry,
    act: &Snapshot,
) -> Result<(Vec<Listing>, Vec<Listing>), Refused> {
    let (mut removed, mut replaced) = (Vec::new(), Vec::new());
    for release in &act.removes {
        let id = PlacementId::new(act.suite.clone(), release.project.clone());
        let mut placement = state.placements.get(&id).cloned().unwrap_or_default();
        let Some(gone) = placement.releases.remove(&release.version.key()) else {
            return Err(Refused::Conflict(format!("{release} is not in {}", act.suite)));
        };
        removed.push(Listing { release: gone.release, files: gone.files });
        if act.because == Because::Retirement {
            state.candidates.edit(release, |row| row.left = true);
        }
        keep(state, id, placement);
    }
    for listing in &act.adds {
        let id = PlacementId::new(act.suite.clone(), listing.release.project.clone());
        let mut placement = state.placements.get(&id).cloned().unwrap_or_default();
        let placed = Placed {
            release: listing.release.clone(),
            files: listing.files.clone(),
            since: entry.at,
            serial: act.serial,
        };
        if let Some(before) = placement.releases.insert(listing.release.version.key(), placed) {
            replaced.push(Listing { release: before.release, files: before.files });
        }
        keep(state, id, placement);
        if act.because == Because::Accepted {
            state.candidates.edit(&listing.release, |row| {
                row.left = false;
                if !matches!(row.state, CandidateState::Accepted { .. }) {
                    row.state = CandidateState::Accepted { at: entry.at };
                }
            });
        }
    }
    Ok((removed, replaced))
}

fn keep(state: &mut State, id: PlacementId, placement: Placement) {
    if placement.releases.is_empty() {
        state.placements.remove(&id);
    } else {
        state.placements.put(id, placement);
    }
}

impl State {
    /// What a suite holds of one project.
    pub fn placement(&self, suite: &SuiteName, project: &ProjectName) -> Option<&Placement> {
        self.placements.get(&PlacementId::new(suite.clone(), project.clone()))
    }
}

//! The security lane: what two people send through it enters at once, unless something could not be installed any more.
//!
//! The lane waits for no migration run, so nothing else asks whether a fix breaks what needs it. Looked at are the indexes
//! of the released suites, which show a fix beside their own releases, and the lane's own suite: whatever could be installed
//! must stay so. As with a migration, the state cannot check this when it takes an entry, as it knows no resolver; what was
//! checked is what the ledger says, so anybody can do it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use packhouse_distribution::act::{Act, HintKind, Stage, SuiteKind};
use packhouse_distribution::duties::{self, Fix};
use packhouse_distribution::state::rows::Suite;
use packhouse_distribution::state::snapshots::Contents;
use packhouse_distribution::state::{ReadEntry, Refused};
use packhouse_distribution::{Release, State};
use packhouse_model::{ProjectName, Sha256, SuiteName, Timestamp};
use packhouse_pypi::environment::Environment;
use packhouse_pypi::requirement::Requirement;
use packhouse_solve::{Contents as Offer, Root, Status, check};
use serde::Serialize;

use super::LedgerError;
use super::migrate::offered;
use super::publish::is_fix_of;
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Verdicts that are kept: each costs a check of every released suite.
const MOST_KNOWN: usize = 64;
/// What a refusal names.
const MOST_NAMED: usize = 20;

/// Something that could not be installed any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// By whose index.
    pub suite: SuiteName,
    /// Where.
    pub environment: String,
    /// `flask in series 3`, or `profile:web`.
    pub root: String,
    /// Its project; none for a profile.
    pub project: Option<String>,
    /// Why, line by line.
    pub why: Vec<String>,
}

/// A fix that two people sent through the lane, and that is not in its suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldFix {
    /// Which.
    pub release: Release,
    /// What it would break and nobody has waived; it waits for that.
    pub breaks: Vec<Broken>,
}

/// What was found out of fixes, by what it depends on.
pub(super) type Verdicts = Mutex<BTreeMap<Sha256, Arc<Vec<Broken>>>>;

impl Packhouse {
    /// The next fix that enters a suite of the lane: each by itself, or all that wait for the same suite at once, when they
    /// need each other.
    pub(super) async fn next_fix(&self, state: &Arc<State>, now: Timestamp) -> Option<Act> {
        let fixes = duties::sent(state, now);
        let mut by_suite: BTreeMap<&SuiteName, Vec<Fix>> = BTreeMap::new();
        for fix in &fixes {
            by_suite.entry(&fix.suite).or_default().push(fix.clone());
        }
        let together = by_suite.into_values().filter(|all| all.len() > 1);
        let single = fixes.iter().map(|fix| vec![fix.clone()]);
        for group in single.chain(together).collect::<Vec<_>>() {
            let Some(suite) = group.first().map(|fix| fix.suite.clone()) else { continue };
            let Some(snapshot) = duties::secure(state, &suite, &group) else { continue };
            match self.unwaived(state, &suite, &group, now).await {
                Ok(broken) if broken.is_empty() => return Some(Act::from(snapshot)),
                Ok(broken) => {
                    let releases: Vec<String> = group.iter().map(|fix| fix.release.to_string()).collect();
                    let breaks = broken[0].root.as_str();
                    tracing::warn!(%suite, releases = releases.join(", "), breaks, "a security fix is held back");
                }
                Err(error) => {
                    tracing::error!(%suite, error = %crate::error::chain(&error), "a security fix was not checked");
                }
            }
        }
        None
    }

    /// The fixes that were sent through the lane to a suite and are held back, with what each would break.
    pub async fn held_fixes(&self, suite: &SuiteName) -> Result<Vec<HeldFix>, AppError> {
        let (state, now) = (self.distribution(), self.now());
        let mut held = Vec::new();
        for fix in duties::sent(&state, now).into_iter().filter(|fix| fix.suite == *suite) {
            let breaks = self.unwaived(&state, suite, std::slice::from_ref(&fix), now).await?;
            held.push(HeldFix { release: fix.release, breaks });
        }
        Ok(held)
    }

    /// Refuses somebody's word for a fix that would break something, and says what.
    pub(super) async fn refuse_breaking_fix(
        &self,
        state: &Arc<State>,
        entry: &ReadEntry,
    ) -> Result<(), LedgerError> {
        let Act::Hint(hint) = &entry.act else { return Ok(()) };
        let lane = state.suites.get(&hint.suite).is_some_and(|row| row.settings.kind == SuiteKind::Security);
        if hint.kind != HintKind::Security || !lane {
            return Ok(());
        }
        let files: BTreeSet<Sha256> = entry.subjects.iter().map(|(_, sha256)| *sha256).collect();
        let fix = Fix { suite: hint.suite.clone(), release: hint.release.clone(), files };
        let broken = self.unwaived(state, &hint.suite, &[fix], self.now()).await?;
        if broken.is_empty() {
            return Ok(());
        }
        Err(Refused::Conflict(sentence(&hint.release, &hint.suite, &broken)).into())
    }

    /// What these would break together and no waiver of exact bytes names.
    async fn unwaived(
        &self,
        state: &Arc<State>,
        suite: &SuiteName,
        fixes: &[Fix],
        now: Timestamp,
    ) -> Result<Vec<Broken>, AppError> {
        let key = depends_on(state, suite, fixes);
        let known =
            |verdicts: &Verdicts| verdicts.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let broken = match known(&self.ledger.lane) {
            Some(broken) => broken,
            None => {
                let (shared, lane, own) = (Arc::clone(state), suite.clone(), fixes.to_vec());
                let work = move || broken_by(&shared, &lane, &own);
                let found = tokio::task::spawn_blocking(work).await;
                let found = Arc::new(found.map_err(|_| AppError::lost("a security fix was being checked"))??);
                let mut verdicts = self.ledger.lane.lock().unwrap_or_else(PoisonError::into_inner);
                if verdicts.len() >= MOST_KNOWN {
                    verdicts.clear();
                }
                verdicts.insert(key, Arc::clone(&found));
                found
            }
        };
        let stands = |one: &&Broken| !fixes.iter().any(|fix| is_waived(state, fix, one, now));
        Ok(broken.iter().filter(stands).cloned().collect())
    }
}

fn sentence(release: &Release, suite: &SuiteName, broken: &[Broken]) -> String {
    let mut lines: Vec<String> = broken
        .iter()
        .take(MOST_NAMED)
        .map(|one| {
            let why = one.why.join("; ");
            format!("{} by the index of {} ({}): {why}", one.root, one.suite, one.environment)
        })
        .collect();
    if broken.len() > lines.len() {
        lines.push(format!("{} more", broken.len() - lines.len()));
    }
    let names: BTreeSet<&str> = broken.iter().filter_map(|one| one.project.as_deref()).collect();
    let names: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!(" --name {name}")).collect();
    let names = names.concat();
    format!(
        "with {release} in {suite}, these could not be installed any more: {}. Send what they need along first; or a release \
         manager says that these projects may break (no profile may), with `packhouse hint waive {release} --suite {suite} --fact installability{names} \
         --until DATE`",
        lines.join(". ")
    )
}

/// Whether a release manager has said of these very bytes that this may break.
fn is_waived(state: &State, fix: &Fix, broken: &Broken, now: Timestamp) -> bool {
    // A profile is a promise of the suite itself, and is never waived: not here, and not in a migration.
    let Some(project) = &broken.project else { return false };
    let says = |name: &String| *name == broken.root || name == project;
    state.hints.iter().any(|(entry, row)| {
        let hint = &row.hint;
        hint.kind == HintKind::Waive
            && !row.ended
            && hint.suite == fix.suite
            && hint.release == fix.release
            && row.files.is_superset(&fix.files)
            && hint.until.is_some_and(|end| end > now)
            && hint.names.iter().any(says)
            && state.why_void(*entry, &row.keys).is_none()
    })
}

/// All that a verdict rests on: the suites' settings and numbers, what is out of use, and the fixes.
fn depends_on(state: &State, suite: &SuiteName, fixes: &[Fix]) -> Sha256 {
    let mut text = format!("{suite}\n");
    for fix in fixes {
        let files: Vec<String> = fix.files.iter().map(Sha256::hex).collect();
        text.push_str(&format!("{} {}\n", fix.release, files.join(",")));
    }
    for (name, row) in state.suites.iter() {
        text.push_str(&format!("{name} {row:?}\n"));
    }
    for (release, row) in state.conditions.iter() {
        text.push_str(&format!("{release} {}\n", row.condition.word()));
    }
    Sha256::of(text.as_bytes())
}

/// What could be installed before, and could not with these in the lane's suite. Pure.
fn broken_by(state: &State, lane: &SuiteName, fixes: &[Fix]) -> Result<Vec<Broken>, AppError> {
    let before = state.contents(lane);
    let Some(after) = duties::with_fixes(state, lane, fixes) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let others = || state.suites_of(SuiteKind::Security).into_iter().filter(|name| *name != lane);
    let elsewhere: Contents = others().flat_map(|name| state.contents(name)).collect();
    for (name, row) in state.suites.iter() {
        if row.settings.kind != SuiteKind::Stable || row.stage != Stage::Released {
            continue;
        }
        let own = state.contents(name);
        let shown = |lane: &Contents| {
            let mut shown = own.clone();
            for (release, files) in elsewhere.iter().chain(lane) {
                let versions = own.keys().filter(|held| held.project == release.project);
                if is_fix_of(versions.map(|held| &held.version), &release.version) {
                    shown.entry(release.clone()).or_insert_with(|| files.clone());
                }
            }
            shown
        };
        compare(state, name, row, &shown(&before), &shown(&after), &mut found)?;
    }
    if let Some(row) = state.suites.get(lane) {
        compare(state, lane, row, &before, &after, &mut found)?;
    }
    Ok(found)
}

fn compare(
    state: &State,
    suite: &SuiteName,
    row: &Suite,
    before: &Contents,
    after: &Contents,
    found: &mut Vec<Broken>,
) -> Result<(), AppError> {
    if before == after {
        return Ok(());
    }
    let (before, after): (Offer, Offer) = (offered(state, before), offered(state, after));
    for declared in row.settings.environments.iter().filter(|declared| !declared.may_lag) {
        let environment = Environment::parse(&declared.name)
            .map_err(|error| AppError::internal("a suite's environment was read", error))?;
        let was = check(&before, &environment);
        let is = was.recheck(&after);
        let worse = |root: &Root| was.status(root) == Some(Status::Installable);
        for root in is.uninstallable().into_iter().filter(worse) {
            found.push(Broken {
                suite: suite.clone(),
                environment: declared.name.clone(),
                project: Some(ProjectName::as_str(&root.project).to_owned()),
                why: is.explain(&root).map(|why| why.lines()).unwrap_or_default(),
                root: root.to_string(),
            });
        }
        for profile in &row.settings.profiles {
            let lines: Vec<Requirement> =
                profile.requires.iter().filter_map(|line| Requirement::parse(line).ok()).collect();
            if was.newest(&lines).is_ok()
                && let Err(why) = is.newest(&lines)
            {
                found.push(Broken {
                    suite: suite.clone(),
                    environment: declared.name.clone(),
                    root: format!("{}{}", packhouse_migration::PROFILE_PREFIX, profile.name),
                    project: None,
                    why: why.lines(),
                });
            }
        }
    }
    Ok(())
}

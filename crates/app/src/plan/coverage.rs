//! How much of a lockfile is vetted, what comes through the guard, and what to ask for.

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_distribution::act::Stage;
use packhouse_distribution::{Release, State};
use packhouse_model::SuiteName;
use packhouse_plan::board::Board;
use packhouse_pypi::Version;
use packhouse_pypi::lock::{Locked, Lockfile};
use serde::Serialize;

use crate::error::AppError;
use crate::index::Index;
use crate::lockcheck::{Fate, LockedVerdict};
use crate::packhouse::Packhouse;

/// Releases of one lockfile that are looked at: each is a question to the upstream when it was not seen before.
pub const MOST_PACKAGES: usize = 2_000;

/// Lockfiles that are judged at once; others wait.
pub(crate) const JUDGED_AT_ONCE: usize = 2;

/// Where a locked release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A suite holds these very files: they were reviewed.
    Vetted,
    /// Not vetted. It comes from the upstream, past the guard's rules.
    Proxied,
    /// The guard's rules refuse it.
    Refused,
    /// Neither a suite nor the upstream has it.
    Missing,
    /// It does not come from an index.
    Outside,
    /// The upstream could not be asked.
    Unknown,
}

/// One release of a lockfile.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Covered {
    /// The project.
    pub project: String,
    /// The version, if the lockfile says one.
    pub version: Option<String>,
    /// The line of the lockfile.
    pub line: usize,
    /// Where it stands.
    pub standing: Standing,
    /// The suites that hold it.
    pub suites: Vec<String>,
    /// Another version of it that is vetted, the newest.
    pub vetted_version: Option<String>,
    /// Whether it is under maintenance: its releases come in and wait for reviews.
    pub maintained: bool,
    /// Why it is not served; empty when it is.
    pub reason: String,
    /// The id under which `/why/` explains it.
    pub why: String,
    /// Its place among the most downloaded, from 1, where a list of downloads was imported.
    pub rank: Option<usize>,
}

/// What to ask for: a project that is not vetted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AskFor {
    /// The project.
    pub project: String,
    /// The version that is locked.
    pub version: Option<String>,
    /// Whether it is under maintenance already, so that it waits for a review only.
    pub maintained: bool,
    /// See [`packhouse_plan::score::Score::priority`], where there are data sets.
    pub priority: Option<f64>,
}

/// How a lockfile stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LockCoverage {
    /// The index whose rules were asked.
    pub index: String,
    /// Whose lockfile it is.
    pub format: String,
    /// How many releases stand where.
    pub counts: BTreeMap<Standing, usize>,
    /// The releases, in the order of the file.
    pub packages: Vec<Covered>,
    /// Lines that name no exact release: where, what, why.
    pub skipped: Vec<(usize, String, String)>,
    /// What to ask for, the most important first.
    pub ask: Vec<AskFor>,
}

impl Packhouse {
    /// Judges a lockfile by the suites and by the rules of an index. `board` gives what to ask for an order.
    pub async fn lock_coverage(
        &self,
        index: &Arc<Index>,
        lockfile: &Lockfile,
        board: Option<&Board>,
    ) -> Result<LockCoverage, AppError> {
        if lockfile.packages.len() > MOST_PACKAGES {
            let found = lockfile.packages.len();
            let what = format!(
                "the lockfile names {found} releases; at most {MOST_PACKAGES} are looked at here: \
                 `packhouse policy check` has no limit"
            );
            return Err(AppError::BadRequest { what });
        }
        let _one = self.judging.acquire().await.map_err(|_| AppError::lost("judging a lockfile"))?;
        let verdicts = self.check_lockfile(index, lockfile, |_, _| ()).await;
        let state = self.distribution();
        let ranks = board.map(Board::download_ranks).unwrap_or_default();
        let rank = |name: &str| ranks.get(&board?.place(name)?).copied();
        let packages: Vec<Covered> = lockfile
            .packages
            .iter()
            .zip(verdicts)
            .map(|(locked, verdict)| Covered {
                rank: rank(&verdict.project),
                ..covered(&state, locked, verdict)
            })
            .collect();
        let mut counts: BTreeMap<Standing, usize> = BTreeMap::new();
        for package in &packages {
            *counts.entry(package.standing).or_default() += 1;
        }
        let skipped = lockfile.skipped.iter();
        Ok(LockCoverage {
            index: index.name.to_string(),
            format: lockfile.format.to_string(),
            ask: ask(&packages, board),
            counts,
            packages,
            skipped: skipped.map(|line| (line.line, line.text.clone(), line.why.clone())).collect(),
        })
    }
}

fn covered(state: &State, locked: &Locked, verdict: LockedVerdict) -> Covered {
    let held = held(state, locked);
    // What the rules refuse is refused although it was vetted once: withdrawn, or with other bytes.
    let standing = match verdict.fate {
        Fate::Served | Fate::Missing | Fate::Unknown if !held.suites.is_empty() => Standing::Vetted,
        Fate::Served => Standing::Proxied,
        Fate::Refused => Standing::Refused,
        Fate::Missing => Standing::Missing,
        Fate::Outside => Standing::Outside,
        Fate::Unknown => Standing::Unknown,
    };
    Covered {
        maintained: state.is_maintained(&locked.project),
        project: verdict.project,
        version: verdict.version,
        line: verdict.line,
        reason: if standing == Standing::Vetted { String::new() } else { verdict.reason },
        suites: held.suites.into_iter().map(ToString::to_string).collect(),
        vetted_version: held.other.map(ToString::to_string),
        why: verdict.why,
        standing,
        rank: None,
    }
}

#[derive(Default)]
struct Held<'s> {
    /// Suites with these very files.
    suites: Vec<&'s SuiteName>,
    /// The newest vetted version that is another.
    other: Option<&'s Version>,
}

fn held<'s>(state: &'s State, locked: &Locked) -> Held<'s> {
    let mut held = Held::default();
    let wanted = locked.version.as_deref().and_then(|version| Version::parse(version).ok());
    let wanted = wanted.map(|version| Release::new(locked.project.clone(), version));
    let hashes: Vec<_> = locked.files.iter().filter_map(|file| file.sha256).collect();
    for (suite, _) in state.suites.iter().filter(|(_, row)| row.stage != Stage::EndOfLife) {
        let Some(placement) = state.placement(suite, &locked.project) else { continue };
        for placed in placement.releases.values() {
            let same_files = hashes.is_empty() || hashes.iter().any(|hash| placed.files.contains(hash));
            if wanted.as_ref() == Some(&placed.release) && same_files {
                held.suites.push(suite);
            } else if wanted.as_ref() != Some(&placed.release) {
                held.other = held.other.max(Some(&placed.release.version));
            }
        }
    }
    held
}

fn ask(packages: &[Covered], board: Option<&Board>) -> Vec<AskFor> {
    let priority = |name: &str| {
        let board = board?;
        Some(board.scored.scores()[board.place(name)? as usize].priority)
    };
    let wanted =
        packages.iter().filter(|package| matches!(package.standing, Standing::Proxied | Standing::Refused));
    let mut ask: Vec<AskFor> = wanted
        .map(|package| AskFor {
            project: package.project.clone(),
            version: package.version.clone(),
            maintained: package.maintained,
            priority: priority(&package.project),
        })
        .collect();
    ask.sort_by(|one, other| {
        let [one_worth, other_worth] = [one, other].map(|ask| ask.priority.unwrap_or(0.0));
        other_worth.total_cmp(&one_worth).then_with(|| one.project.cmp(&other.project))
    });
    ask
}

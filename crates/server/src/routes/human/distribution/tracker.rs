use std::time::Duration;

use packhouse_app::Topic;
use packhouse_distribution::Release;
use packhouse_distribution::State;
use packhouse_distribution::review::{self, ReviewStatus};
use packhouse_distribution::state::rows::{CandidateRow, ProjectKey};
use packhouse_distribution::stewardship::{self, Stage};
use packhouse_migration::{Excuse, Plan};
use packhouse_model::{ProjectName, SuiteName, Timestamp};

use super::{HISTORY, claimed, history_list, logged, state_words};
use crate::pages::distribution::{
    CandidateLine, ConditionLine, Excused, InSuite, SignatureRow, Tracker, excuse_anchor, suite_path,
};

/// Candidates and reviews on the page of a project; the rest is counted.
const ROWS: usize = 25;
/// How long a page waits for a migration plan that is not ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the distribution knows of a project; none when it was never under maintenance.
pub(crate) async fn tracker(server: &crate::Server, project: &ProjectName) -> Option<Tracker> {
    let state = server.packhouse.distribution();
    let row = state.projects.get(&ProjectKey(project.clone()))?;
    let now = server.packhouse.now();
    let (excuses, excuses_later) = excuses(server, project).await;
    let history = server.packhouse.history(&Topic::Project(project.clone()), HISTORY).await;
    let all: Vec<(&Release, &CandidateRow)> = state.releases_of(project).rev().collect();
    let statuses: Vec<(&Release, &CandidateRow, ReviewStatus)> = all
        .iter()
        .take(ROWS)
        .filter_map(|(release, row)| Some((*release, *row, review::status(&state, release, now)?)))
        .collect();
    let mut reviews: Vec<(String, SignatureRow)> = statuses
        .iter()
        .flat_map(|(release, _, status)| {
            let rows = super::review::signatures(&state, release, status).into_iter();
            rows.map(|row| (release.version.to_string(), row))
        })
        .collect();
    reviews.sort_by_key(|(_, row)| std::cmp::Reverse(row.entry));
    let more_reviews = reviews.len().saturating_sub(ROWS);
    reviews.truncate(ROWS);
    let standing = stewardship::standing(&state, project, now);
    // The vendor as the newest release tells it.
    let vendor = all.first().map(|(_, row)| row.candidate.vendor.clone()).unwrap_or_default();
    Some(Tracker {
        project: project.to_string(),
        tier: row.tier.word(),
        series: row.series.clone(),
        stewardship: standing.as_ref().map_or("active", |standing| stage_word(standing.stage)),
        stewardship_since: standing.as_ref().and_then(|standing| standing.since),
        stewardship_next: standing
            .as_ref()
            .filter(|standing| standing.stage != Stage::Active)
            .and_then(|standing| standing.next)
            .map(|(stage, at)| (stage_word(stage), at)),
        stewardship_because: standing.map(|standing| standing.because).unwrap_or_default(),
        stewards: row.stewards.iter().map(ToString::to_string).collect(),
        vendor: vendor.names.iter().filter(|name| !name.contains('@')).cloned().collect(),
        repository: vendor.repository,
        publisher: vendor.publisher,
        quarantined: row.upstream_quarantine,
        suites: in_suites(&state, project),
        candidates: statuses
            .iter()
            .map(|(release, row, status)| line(&state, release, row, status, now))
            .collect(),
        more_candidates: all.len().saturating_sub(ROWS),
        reviews,
        more_reviews,
        exemptions: all
            .iter()
            .flat_map(|(release, _)| {
                let rows = super::review::exemptions(&state, release, now).into_iter();
                rows.map(|row| (release.version.to_string(), row))
            })
            .take(ROWS)
            .collect(),
        excuses,
        excuses_later,
        conditions: conditions(&state, &all),
        history: history_list(logged(history)),
    })
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Active => "active",
        Stage::Neglected => "neglected",
        Stage::Contacted => "stewards contacted",
        Stage::Reminded => "stewards reminded",
        Stage::PresumedAbsent => "stewards presumed absent",
        Stage::Orphaned => "orphaned",
        Stage::Retired => "retired",
    }
}

fn in_suites(state: &State, project: &ProjectName) -> Vec<InSuite> {
    let row = |(name, suite): (&SuiteName, &packhouse_distribution::state::rows::Suite)| {
        let held = state.placement(name, project);
        let mut placed: Vec<_> = held.into_iter().flat_map(|held| held.releases.values()).collect();
        placed.sort_by(|one, other| other.release.cmp(&one.release));
        InSuite {
            suite: name.to_string(),
            stage: suite.stage.word(),
            versions: placed.iter().map(|one| (one.release.version.to_string(), one.since)).collect(),
        }
    };
    state.suites.iter().map(row).collect()
}

fn line(
    state: &State,
    release: &Release,
    row: &CandidateRow,
    status: &ReviewStatus,
    now: Timestamp,
) -> CandidateLine {
    let (words, tone) = state_words(row);
    let waits = review::waits_as(state, row, status).is_some();
    CandidateLine {
        version: release.version.to_string(),
        project: release.project.to_string(),
        state: words,
        tone,
        risk: row.candidate.risk,
        lines: row.candidate.lines,
        sentence: status.sentence(),
        found: row.found,
        deadline: waits.then(|| review::deadline(row)),
        claimed: claimed(state.claims.get(release), now),
    }
}

fn conditions(state: &State, releases: &[(&Release, &CandidateRow)]) -> Vec<ConditionLine> {
    let found = releases.iter().filter_map(|(release, _)| Some((release, state.conditions.get(release)?)));
    found
        .map(|(release, row)| ConditionLine {
            version: release.version.to_string(),
            condition: row.condition.word(),
            refuses: row.condition.refuses(),
            reason: row.reason.clone(),
            by: row.by.to_string(),
            since: row.at,
            advisory: row.advisory.clone(),
        })
        .collect()
}

/// The excuses of a project's items, and whether some plan is not ready yet.
async fn excuses(server: &crate::Server, project: &ProjectName) -> (Vec<Excused>, bool) {
    let (mut found, mut later) = (Vec::new(), false);
    for suite in server.packhouse.migrating_suites() {
        match tokio::time::timeout(PATIENCE, server.plans.plan(&server.packhouse, &suite)).await {
            Ok(Ok(plan)) => found.extend(of_project(&plan, &suite, project)),
            Ok(Err(error)) => {
                tracing::error!(error = %packhouse_app::error_chain(&error), %suite, "no migration plan");
            }
            Err(_) => later = true,
        }
    }
    (found, later)
}

fn of_project(plan: &Plan, suite: &SuiteName, project: &ProjectName) -> Vec<Excused> {
    let own = plan.excuses.iter().filter(|excuse| excuse.project == *project);
    own.map(|excuse| Excused {
        suite: suite.to_string(),
        moves: excuse.accepted,
        what: what(excuse),
        because: because(excuse),
        href: format!("{}/excuses#{}", suite_path(suite.as_str()), excuse_anchor(excuse.item_name.as_str())),
    })
    .collect()
}

fn what(excuse: &Excuse) -> String {
    let list = |versions: &[packhouse_pypi::Version]| {
        versions.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match (excuse.old_version.is_empty(), excuse.new_version.is_empty()) {
        (true, _) => list(&excuse.new_version),
        (false, true) => format!("the removal of {}", list(&excuse.old_version)),
        (false, false) => format!("{} → {}", list(&excuse.old_version), list(&excuse.new_version)),
    }
}

fn because(excuse: &Excuse) -> Vec<String> {
    if excuse.accepted {
        return Vec::new();
    }
    let rejecting = excuse.policy_info.iter().filter(|hit| hit.verdict.rejects());
    let mut because: Vec<String> = rejecting.map(|hit| hit.sentence.clone()).collect();
    if excuse.phase2.tried && !excuse.phase2.acceptable {
        because.push("Something in the suite could not be installed any more.".to_owned());
    }
    because
}

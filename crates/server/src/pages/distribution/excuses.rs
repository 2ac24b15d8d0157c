use std::sync::Arc;

use packhouse_migration::{Actor, Earliest, Excuse, Plan, Role, Verdict};
use packhouse_model::Timestamp;

use super::super::{Paging, Site, assets, filters, links};

/// Excuses on one page.
const ROWS: u64 = 50;
/// Roots that break, named of one environment.
const ROOTS: usize = 20;
/// Lines of an explanation.
const LINES: usize = 30;

/// The excuses of one suite.
#[derive(Debug, Clone)]
pub struct SuiteExcuses {
    /// The suite.
    pub suite: String,
    /// What a migration run would do now.
    pub plan: Arc<Plan>,
    /// What moves to it together, under a name.
    pub transitions: Vec<TransitionLine>,
}

/// A named transition.
#[derive(Debug, Clone)]
pub struct TransitionLine {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub by: String,
    /// Since when.
    pub opened: Timestamp,
    /// When it is meant to be done.
    pub deadline: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Its members with how far they are: `done`, `waits`, `missing`.
    pub members: Vec<(String, &'static str)>,
}

impl TransitionLine {
    fn by_href(&self) -> String {
        super::maintainer_path(&self.by)
    }

    fn anchor(&self) -> String {
        format!("transition-{}", self.name)
    }

    fn done(&self) -> usize {
        self.members.iter().filter(|(_, progress)| *progress == "done").count()
    }
}

/// `/excuses`, `/suites/<name>/excuses?page=`: what moves, and why the rest does not.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "excuses.html", config = "templates/askama.toml")]
pub struct ExcusesPage {
    /// What every page needs.
    pub site: Site,
    /// The suites with their plans.
    pub suites: Vec<SuiteExcuses>,
    /// Which page, from 1.
    pub page: u64,
    /// The page's own path.
    pub path: String,
}

impl SuiteExcuses {
    fn href(&self) -> String {
        super::suite_path(&self.suite)
    }

    fn json(&self) -> String {
        format!("{}/excuses.json", self.href())
    }

    fn moving(&self) -> usize {
        self.plan.moving().len()
    }

    fn paging(&self, page: &ExcusesPage) -> Paging {
        Paging::new(page.page, self.plan.excuses.len() as u64, ROWS, &page.path, &[])
    }

    fn listed(&self, page: &ExcusesPage) -> impl Iterator<Item = &Excuse> {
        let start = (self.paging(page).page() - 1) * ROWS;
        // What waits comes before what moves: it needs people.
        let waiting = self.plan.excuses.iter().filter(|excuse| !excuse.accepted);
        let moving = self.plan.excuses.iter().filter(|excuse| excuse.accepted);
        waiting.chain(moving).skip(start as usize).take(ROWS as usize)
    }
}

impl ExcusesPage {
    #[expect(clippy::unused_self, reason = "the template calls these on the page")]
    fn tone(&self, excuse: &Excuse) -> &'static str {
        tone(excuse.accepted, excuse.verdict)
    }

    #[expect(clippy::unused_self, reason = "the template calls these on the page")]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    fn verdict_tone(&self, verdict: &Verdict) -> &'static str {
        tone(false, *verdict)
    }

    /// Who has to do something, for people.
    #[expect(clippy::unused_self, reason = "the template calls these on the page")]
    fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::Machine => "time or a machine".to_owned(),
            Actor::Role(Role::Maintainer) => "a maintainer".to_owned(),
            Actor::Role(Role::ReleaseManager) => "a release manager".to_owned(),
            Actor::Role(Role::Security) => "the security team".to_owned(),
            Actor::Person(name) => name.clone(),
        }
    }

    #[expect(clippy::unused_self, reason = "the template calls these on the page")]
    fn versions(&self, excuse: &Excuse) -> String {
        let list = |versions: &[packhouse_pypi::Version]| {
            versions.iter().take(20).map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        match (excuse.old_version.is_empty(), excuse.new_version.is_empty()) {
            (true, _) => list(&excuse.new_version),
            (false, true) => format!("{} leaves", list(&excuse.old_version)),
            (false, false) => format!("{} → {}", list(&excuse.old_version), list(&excuse.new_version)),
        }
    }

    #[expect(clippy::unused_self, reason = "the template calls these on the page")]
    fn project_href(&self, excuse: &Excuse) -> String {
        links::project_path(excuse.project.as_str(), "")
    }

    fn anchor(&self, suite: &SuiteExcuses, excuse: &Excuse) -> String {
        let item = anchor(excuse.item_name.as_str());
        if self.suites.len() > 1 { format!("{}-{item}", suite.suite) } else { item }
    }
}

/// The `id` of an item's excuse on its suite's page.
pub(crate) fn anchor(item: &str) -> String {
    format!("item-{}", links::encode(item))
}

fn tone(accepted: bool, verdict: Verdict) -> &'static str {
    match verdict {
        _ if accepted => "ok",
        Verdict::NotApplicable => "plain",
        Verdict::Pass | Verdict::PassHinted => "ok",
        Verdict::RejectedTemporarily | Verdict::WaitingForAnotherItem => "wait",
        Verdict::BlockedByAnotherItem
        | Verdict::NeedsApproval
        | Verdict::CannotDetermineIfPermanent
        | Verdict::RejectedPermanently => "no",
    }
}

crate::pages::page!(ExcusesPage, Excuses);

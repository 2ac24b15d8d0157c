use packhouse_app::plan::Standing;

use super::super::{Link, Site, assets, filters};
use super::Tab;

/// A release of the lockfile.
#[derive(Debug, Clone)]
pub struct CoveredRow {
    /// The project.
    pub project: String,
    /// The version, if the lockfile says one.
    pub version: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// More about that, in a few words.
    pub detail: String,
    /// The id under which `/why/` explains it.
    pub why: String,
}

impl CoveredRow {
    fn href(&self) -> String {
        crate::pages::why_path(&self.why)
    }

    fn tone(&self) -> &'static str {
        tone(self.standing)
    }

    fn word(&self) -> &'static str {
        word(self.standing)
    }
}

/// The tone of a standing: a class name of the style sheet.
fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Vetted => "ok",
        Standing::Proxied | Standing::Unknown => "wait",
        Standing::Refused | Standing::Missing => "no",
        Standing::Outside => "plain",
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Vetted => "vetted",
        Standing::Proxied => "proxied",
        Standing::Refused => "refused",
        Standing::Missing => "missing",
        Standing::Outside => "outside",
        Standing::Unknown => "unknown",
    }
}

/// A line that was not judged.
#[derive(Debug, Clone)]
pub struct SkippedLine {
    /// Where.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// Why.
    pub why: String,
}

/// A project to ask for.
#[derive(Debug, Clone)]
pub struct AskRow {
    /// The project.
    pub project: String,
    /// The locked version.
    pub version: Option<String>,
    /// Whether it waits for a review only.
    pub maintained: bool,
}

impl AskRow {
    fn command(&self) -> String {
        match &self.version {
            Some(version) => format!("packhouse project add {}=={version}", self.project),
            None => format!("packhouse project add {}", self.project),
        }
    }
}

/// How a lockfile stands.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The index whose rules were asked.
    pub index: String,
    /// Whose lockfile it is.
    pub format: String,
    /// The releases.
    pub rows: Vec<CoveredRow>,
    /// Lines that name no exact release.
    pub skipped: Vec<SkippedLine>,
    /// What to ask for, the most important first.
    pub ask: Vec<AskRow>,
}

impl Judged {
    /// The standings that occur: tone, word, how many.
    fn counts(&self) -> Vec<(&'static str, &'static str, usize)> {
        let all = [
            Standing::Vetted,
            Standing::Proxied,
            Standing::Refused,
            Standing::Missing,
            Standing::Outside,
            Standing::Unknown,
        ];
        all.into_iter()
            .map(|one| (tone(one), word(one), self.rows.iter().filter(|row| row.standing == one).count()))
            .filter(|(.., count)| *count > 0)
            .collect()
    }

    /// The part that is vetted, from 0 to 1.
    fn share(&self) -> f64 {
        let vetted = self.rows.iter().filter(|row| row.standing == Standing::Vetted).count();
        vetted as f64 / self.rows.len().max(1) as f64
    }
}

/// `/plan/coverage`: how much of a lockfile is vetted.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "plan-coverage.html", config = "templates/askama.toml")]
pub struct CoveragePage {
    /// What every page needs.
    pub site: Site,
    /// The indexes whose rules can be asked.
    pub indexes: Vec<String>,
    /// The largest lockfile that is read, in bytes.
    pub limit: u64,
    /// What was wrong with what was sent.
    pub problem: Option<String>,
    /// How it stands; none before something was sent.
    pub judged: Option<Judged>,
}

impl CoveragePage {
    fn tabs() -> Vec<Link> {
        super::tabs(Tab::Coverage)
    }
}

crate::pages::page!(CoveragePage, Plan);

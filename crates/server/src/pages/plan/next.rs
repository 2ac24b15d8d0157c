use super::super::{Link, Site, assets, filters};
use super::{Sources, Tab};

/// A package to vet next.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// The package.
    pub package: String,
    /// What comes with it.
    pub with: Vec<String>,
    /// Hours of review in the first year.
    pub hours: f64,
    /// Its place among the most downloaded.
    pub rank: Option<usize>,
    /// What can be installed after this step, from 0 to 1.
    pub share: f64,
    /// Whether it is under maintenance already.
    pub maintained: bool,
}

impl NextStep {
    fn href(&self) -> String {
        crate::pages::project_path(&self.package, "default")
    }

    fn hours(&self) -> String {
        format!("{:.1}", self.hours)
    }

    /// What a maintainer runs: their key signs it, so that no button of a page can.
    fn command(&self) -> String {
        format!("packhouse project add {}", self.package)
    }
}

/// The best set for some hours.
#[derive(Debug, Clone)]
pub struct NextTable {
    /// How many packages it has.
    pub packages: usize,
    /// What it takes.
    pub takes: f64,
    /// What can be installed now, from 0 to 1.
    pub now: f64,
    /// What can be installed after it.
    pub share: f64,
    /// No set reaches more.
    pub bound: f64,
    /// The first steps of work on it.
    pub steps: Vec<NextStep>,
}

impl NextTable {
    fn takes(&self) -> String {
        format!("{:.0}", self.takes)
    }
}

/// `/plan/next?hours=&by=`: what to vet next.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "plan-next.html", config = "templates/askama.toml")]
pub struct NextPage {
    /// What every page needs.
    pub site: Site,
    /// Budgets to choose from.
    pub budgets: Vec<Link>,
    /// What a package may be worth.
    pub values: Vec<Link>,
    /// The budget.
    pub hours: u64,
    /// The set; none when there are no data.
    pub table: Option<NextTable>,
    /// The data sets.
    pub sources: Sources,
}

impl NextPage {
    fn tabs() -> Vec<Link> {
        super::tabs(Tab::Next)
    }
}

crate::pages::page!(NextPage, Plan);

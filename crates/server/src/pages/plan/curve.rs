use super::super::{Link, Site, assets, filters};
use super::{Drawing, Sources, Tab};

/// How many packages a share takes.
#[derive(Debug, Clone)]
pub struct ShareRow {
    /// From 0 to 1.
    pub share: f64,
    /// By the estimate of the tail; none where the list is too short.
    pub packages: Option<usize>,
    /// If the tail is as small, and as large, as it may be.
    pub between: (Option<usize>, Option<usize>),
    /// Who look after so many at 403 each.
    pub maintainers: Option<usize>,
}

/// A requirement of the reader's.
#[derive(Debug, Clone)]
pub struct OwnRow {
    /// The package.
    pub name: String,
    /// Its place among the most downloaded; none when the list does not have it.
    pub rank: Option<usize>,
    /// Whether it is vetted.
    pub vetted: bool,
}

impl OwnRow {
    fn href(&self) -> String {
        crate::pages::project_path(&self.name, "default")
    }
}

/// `/plan?of=`: how few packages carry how much.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "plan.html", config = "templates/askama.toml")]
pub struct PlanPage {
    /// What every page needs.
    pub site: Site,
    /// The curve; none when there is no list of downloads.
    pub chart: Option<Drawing>,
    /// How many packages are needed for how much.
    pub shares: Vec<ShareRow>,
    /// Vetted packages that the data know.
    pub vetted: usize,
    /// What can be installed from them alone, from 0 to 1.
    pub share: f64,
    /// What the reader asked about, as they wrote it.
    pub of: String,
    /// The reader's requirements.
    pub own: Vec<OwnRow>,
    /// The data sets.
    pub sources: Sources,
}

impl PlanPage {
    fn tabs() -> Vec<Link> {
        super::tabs(Tab::Curve)
    }
}

crate::pages::page!(PlanPage, Plan);

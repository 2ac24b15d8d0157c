use super::super::{Link, Site, assets, filters};
use super::{Drawing, Sources, Tab};

/// A package of the chart.
#[derive(Debug, Clone)]
pub struct DotRow {
    /// Its name.
    pub name: String,
    /// From 0 to 1.
    pub exposure: f64,
    /// From 0 to 1.
    pub fragility: f64,
    /// Whether anything of its fragility is known.
    pub known: bool,
    /// From 0 to 1.
    pub priority: f64,
    /// Packages that need it, directly or not.
    pub dependents: u64,
    /// Whether it is vetted.
    pub vetted: bool,
}

impl DotRow {
    fn href(&self) -> String {
        crate::pages::project_path(&self.name, "default")
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    fn score(value: &f64) -> String {
        format!("{value:.3}")
    }
}

/// `/plan/scatter`: exposure against fragility.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "plan-scatter.html", config = "templates/askama.toml")]
pub struct ScatterPage {
    /// What every page needs.
    pub site: Site,
    /// The chart; none when there are no data.
    pub chart: Option<Drawing>,
    /// The first of its packages.
    pub rows: Vec<DotRow>,
    /// The data sets.
    pub sources: Sources,
}

impl ScatterPage {
    fn tabs() -> Vec<Link> {
        super::tabs(Tab::Scatter)
    }
}

crate::pages::page!(ScatterPage, Plan);

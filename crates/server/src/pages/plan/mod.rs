//! The pages of the plan: what to vet first, and how much of one's own is vetted. They show packages, never people.

mod coverage;
mod curve;
mod next;
mod scatter;

pub use coverage::{AskRow, CoveragePage, CoveredRow, Judged, SkippedLine};
pub use curve::{OwnRow, PlanPage, ShareRow};
pub use next::{NextPage, NextStep, NextTable};
pub use scatter::{DotRow, ScatterPage};

use packhouse_model::Timestamp;

use super::Link;

/// A chart as `packhouse_plan::chart` drew it: it escapes all that it is given.
#[derive(Debug, Clone, Default)]
pub struct Drawing(String);

impl Drawing {
    /// What `packhouse_plan::chart` gave.
    pub(crate) fn new(svg: String) -> Self {
        Self(svg)
    }

    pub(crate) fn svg(&self) -> &str {
        &self.0
    }
}

/// A data set that a page is made of.
#[derive(Debug, Clone)]
pub struct SourceLine {
    /// What it says.
    pub kind: String,
    /// When it was so.
    pub date: Timestamp,
    /// Where it is from.
    pub source: String,
    /// How downloads were counted; empty for other data.
    pub rule: String,
}

/// What a page of the plan is made of.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The data sets.
    pub list: Vec<SourceLine>,
    /// Whether newer ones are there, of which the plan is being made.
    pub making: bool,
}

/// Which of the pages of the plan one is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The curve.
    Curve,
    /// Exposure against fragility.
    Scatter,
    /// What to vet next.
    Next,
    /// One's own lockfile.
    Coverage,
}

/// The links to the pages of the plan.
pub(crate) fn tabs(here: Tab) -> Vec<Link> {
    let all = [
        (Tab::Curve, "Curve", "/plan"),
        (Tab::Scatter, "Exposure and fragility", "/plan/scatter"),
        (Tab::Next, "Next to vet", "/plan/next"),
        (Tab::Coverage, "My coverage", "/plan/coverage"),
    ];
    let link = |(tab, label, href): (Tab, &str, &str)| Link {
        label: label.to_owned(),
        href: href.to_owned(),
        current: tab == here,
    };
    all.into_iter().map(link).collect()
}

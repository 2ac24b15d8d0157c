use packhouse_model::{RiskClass, Timestamp};

use super::super::{Paging, Site, assets, filters};
use super::words;

/// Candidates on one page.
pub(crate) const ROWS: u64 = 100;

/// A lease on a review.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Who.
    pub by: String,
    /// Until when.
    pub until: Timestamp,
}

impl Claimed {
    pub(crate) fn href(&self) -> String {
        super::maintainer_path(&self.by)
    }
}

/// A release that waits.
#[derive(Debug, Clone)]
pub struct QueueRow {
    /// The project.
    pub project: String,
    /// The version.
    pub version: String,
    /// The accepted release that it was compared with.
    pub base: Option<String>,
    /// Since when its reviews do not suffice any more, when suites list it.
    pub lost: Option<Timestamp>,
    /// Its risk class.
    pub risk: RiskClass,
    /// Lines to read.
    pub lines: u64,
    /// Where its reviews stand, without a full stop.
    pub sentence: String,
    /// Signatures that are missing.
    pub signatures: usize,
    /// Organisations that are missing among them.
    pub organisations: usize,
    /// Who has claimed it.
    pub claimed: Option<Claimed>,
    /// When its reviews should be there.
    pub deadline: Timestamp,
}

impl QueueRow {
    fn href(&self) -> String {
        super::review_path(&self.project, &self.version)
    }
}

/// `/queue?for=&page=`: the releases that wait, the earliest deadline first.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "queue.html", config = "templates/askama.toml")]
pub struct QueuePage {
    /// What every page needs.
    pub site: Site,
    /// Whose queue: a maintainer's id; empty for everybody's.
    pub whose: String,
    /// Whether there is nobody of that id.
    pub unknown: bool,
    /// The ids of those who review, for the form.
    pub people: Vec<String>,
    /// The candidates of this page.
    pub rows: Vec<QueueRow>,
    /// How many wait in all.
    pub total: u64,
    /// How many of them are overdue.
    pub overdue: u64,
    /// `Paging::new(page, total, 100, "/queue", &[("for", whose)])`.
    pub paging: Paging,
}

crate::pages::page!(QueuePage, Queue);

use packhouse_model::Timestamp;

use super::super::{Site, assets, filters};
use super::people::ReviewLine;

/// Rows of each list on a peer's page.
const LISTED: usize = 200;

/// Another distribution whose reviews count here, in short.
#[derive(Debug, Clone)]
pub struct PeerSummary {
    /// What it is called here.
    pub name: String,
    /// The hash of the first entry of its ledger, in hex.
    pub distribution: String,
    /// Where it is asked; none when its ledger comes as a file.
    pub address: Option<String>,
    /// How much an accepting review of theirs is worth.
    pub counts: &'static str,
    /// Why it is trusted with that.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The entry that says so.
    pub entry: u64,
    /// The entry that ended it, and why.
    pub ended: Option<(u64, String)>,
    /// How many of its reviews were ever imported.
    pub imported: usize,
    /// How many of them stand.
    pub standing: usize,
    /// When its ledger was looked at last, and what was wrong with it then.
    pub checked: Option<(Timestamp, Option<String>)>,
}

impl PeerSummary {
    fn href(&self) -> String {
        super::import_path(&self.name)
    }

    fn by_href(&self) -> String {
        super::maintainer_path(&self.by)
    }

    fn entry_href(&self) -> String {
        super::ledger::entry_path(self.entry)
    }

    /// What the reader should know first, and its tone.
    pub(crate) fn state(&self) -> (&'static str, &'static str) {
        match (&self.ended, &self.checked) {
            (Some(_), _) => ("ended", "plain"),
            (None, Some((_, Some(_)))) => ("not believed", "no"),
            (None, Some((_, None))) => ("followed", "ok"),
            (None, None) => ("not fetched yet", "wait"),
        }
    }
}

/// `/imports`: the distributions whose reviews are imported.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "imports.html", config = "templates/askama.toml")]
pub struct ImportsPage {
    /// What every page needs.
    pub site: Site,
    /// The peers, by name.
    pub peers: Vec<PeerSummary>,
}

crate::pages::page!(ImportsPage, Maintainers);

/// A person of a peer.
#[derive(Debug, Clone)]
pub struct PeerPersonLine {
    /// `ben@elsewhere`.
    pub id: String,
    /// The name.
    pub name: String,
    /// `active`, `left`, `removed`.
    pub standing: &'static str,
    /// Whom they belong to, as their ledger says.
    pub affiliations: Vec<String>,
}

impl PeerPersonLine {
    pub(crate) fn tone(&self) -> &'static str {
        match self.standing {
            "active" => "ok",
            "removed" => "no",
            _ => "plain",
        }
    }
}

/// An imported review.
#[derive(Debug, Clone)]
pub struct ImportedLine {
    /// The review, under our entry.
    pub line: ReviewLine,
    /// Who signed: `ben@elsewhere`.
    pub by: String,
    /// What its criteria are worth here.
    pub worth: Vec<String>,
    /// Why it was taken back.
    pub because: Option<String>,
}

/// `/imports/<peer>`: one distribution, its people and what was imported.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "import.html", config = "templates/askama.toml")]
pub struct ImportPage {
    /// What every page needs.
    pub site: Site,
    /// In short.
    pub peer: PeerSummary,
    /// Their criteria, and what each is worth here.
    pub criteria: Vec<(String, Vec<String>)>,
    /// The people whose reviews are taken; none when everybody's are.
    pub only_people: Option<Vec<String>>,
    /// The projects whose reviews are taken; none when all are.
    pub only_projects: Option<Vec<String>>,
    /// The projects whose reviews are not.
    pub except: Vec<String>,
    /// The people known of.
    pub people: Vec<PeerPersonLine>,
    /// The reviews, the newest first.
    pub reviews: Vec<ImportedLine>,
}

crate::pages::page!(ImportPage, Maintainers);

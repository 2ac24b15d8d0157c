use packhouse_model::Timestamp;

use super::super::{Site, assets, filters, links};
use super::ledger::HistoryList;

/// Rows of each list on a person's page.
const LISTED: usize = 200;

/// A person in one line.
#[derive(Debug, Clone)]
pub struct MaintainerRow {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// `active`, `invited`, `emeritus`.
    pub standing: &'static str,
    /// What they may do.
    pub roles: Vec<&'static str>,
    /// Whom they belong to now.
    pub affiliations: Vec<String>,
    /// How many projects they look after.
    pub projects: usize,
    /// How many reviews they have signed.
    pub reviews: usize,
    /// When they last signed anything.
    pub last_act: Timestamp,
}

impl MaintainerRow {
    fn href(&self) -> String {
        super::maintainer_path(&self.id)
    }

    pub(crate) fn tone(&self) -> &'static str {
        match self.standing {
            "active" => "ok",
            "invited" => "wait",
            _ => "plain",
        }
    }
}

/// `/maintainers`: the people of the distribution.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "maintainers.html", config = "templates/askama.toml")]
pub struct MaintainersPage {
    /// What every page needs.
    pub site: Site,
    /// The people, by id.
    pub people: Vec<MaintainerRow>,
}

crate::pages::page!(MaintainersPage, Maintainers);

/// What somebody belongs to.
#[derive(Debug, Clone)]
pub struct Tie {
    /// The organisation's name.
    pub organisation: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when, if it ended.
    pub until: Option<Timestamp>,
    /// Whether others found it, who had to.
    pub found: bool,
}

/// A key.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// As `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The entry that brought it.
    pub added: u64,
    /// From when on it counts for nothing.
    pub expires: Option<Timestamp>,
    /// The last entry that is believed, and why, when it is revoked.
    pub revoked: Option<(u64, String)>,
}

impl KeyRow {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    fn entry_href(&self) -> String {
        super::ledger::entry_path(self.added)
    }
}

/// A review that somebody signed.
#[derive(Debug, Clone)]
pub struct ReviewLine {
    /// Its entry.
    pub entry: u64,
    /// The project.
    pub project: String,
    /// The version.
    pub version: String,
    /// `accept`, `reject`, `violation`.
    pub verdict: String,
    /// What was read.
    pub scope: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl ReviewLine {
    pub(super) fn href(&self) -> String {
        super::review_path(&self.project, &self.version)
    }

    pub(super) fn entry_href(&self) -> String {
        super::ledger::entry_path(self.entry)
    }

    pub(super) fn tone(&self) -> &'static str {
        if self.revoked {
            "plain"
        } else if self.verdict == "accept" {
            "ok"
        } else {
            "no"
        }
    }
}

/// `/maintainers/<id>`: one person, without addresses.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "maintainer.html", config = "templates/askama.toml")]
pub struct MaintainerPage {
    /// What every page needs.
    pub site: Site,
    /// In one line.
    pub person: MaintainerRow,
    /// Since when.
    pub since: Timestamp,
    /// Accounts where vendors publish.
    pub accounts: Vec<String>,
    /// What they belong and belonged to.
    pub ties: Vec<Tie>,
    /// Their keys.
    pub keys: Vec<KeyRow>,
    /// The projects that they look after.
    pub projects: Vec<String>,
    /// Their reviews, the newest first.
    pub reviews: Vec<ReviewLine>,
    /// What the ledger says of them.
    pub history: HistoryList,
}

impl MaintainerPage {
    fn feed(&self) -> String {
        super::feed::path("maintainers", &self.person.id)
    }

    #[expect(clippy::unused_self, reason = "the template calls it on the page")]
    fn project_href(&self, name: &str) -> String {
        links::project_path(name, "")
    }
}

crate::pages::page!(MaintainerPage, Maintainers);

use packhouse_model::Timestamp;

use super::super::{Paging, Site, assets, filters};

/// Entries on one page.
pub(crate) const ROWS: u64 = 100;

/// The page of an entry.
pub(crate) fn entry_path(number: u64) -> String {
    format!("/ledger/{number}")
}

/// An entry of the ledger in one line.
#[derive(Debug, Clone)]
pub struct EntryLine {
    /// From 1.
    pub number: u64,
    /// Its hash: 64 hexadecimal digits.
    pub hash: String,
    /// The act: `review`.
    pub act: String,
    /// When it was signed.
    pub at: Option<Timestamp>,
    /// Who says it: a maintainer's id, or `server`.
    pub by: String,
    /// Whether that is a person.
    pub person: bool,
    /// What it says, without who.
    pub sentence: String,
}

impl EntryLine {
    pub(crate) fn href(&self) -> String {
        entry_path(self.number)
    }

    pub(crate) fn by_href(&self) -> Option<String> {
        self.person.then(|| super::maintainer_path(&self.by))
    }
}

/// Entries about one thing, the newest first.
#[derive(Debug, Clone, Default)]
pub struct HistoryList {
    /// The entries.
    pub lines: Vec<EntryLine>,
    /// The number of the oldest entry that was looked at.
    pub looked_from: u64,
}

impl HistoryList {
    pub(crate) fn note(&self) -> Option<String> {
        (self.looked_from > 1).then(|| {
            format!("Entries before number {} were not looked at; the ledger has them all.", self.looked_from)
        })
    }
}

/// `/ledger?page=`: every act of the distribution, the newest first.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "ledger.html", config = "templates/askama.toml")]
pub struct LedgerPage {
    /// What every page needs.
    pub site: Site,
    /// The entries of this page.
    pub lines: Vec<EntryLine>,
    /// How many there are.
    pub total: u64,
    /// `Paging::new(page, total, 100, "/ledger", &[])`.
    pub paging: Paging,
}

crate::pages::page!(LedgerPage, Ledger);

/// A signature on an entry.
#[derive(Debug, Clone)]
pub struct SignedBy {
    /// The key's fingerprint.
    pub key: String,
    /// Whose it is: a maintainer's id, or `server`; none when it is not known.
    pub owner: Option<String>,
    /// Whether the signature is by that key.
    pub good: bool,
}

/// `/ledger/<number>`: one entry whole.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "ledger-entry.html", config = "templates/askama.toml")]
pub struct EntryPage {
    /// What every page needs.
    pub site: Site,
    /// In one line.
    pub line: EntryLine,
    /// The hash of the entry before.
    pub previous: String,
    /// The predicate's type.
    pub kind: String,
    /// The statement as indented JSON.
    pub statement: String,
    /// Its signatures.
    pub signatures: Vec<SignedBy>,
    /// The number of the newest entry.
    pub newest: u64,
}

/// Characters of a statement that a page shows.
const STATEMENT: usize = 200_000;

impl EntryPage {
    fn neighbours(&self) -> Vec<(&'static str, String, u64)> {
        let number = self.line.number;
        let before = (number > 1).then(|| ("prev", entry_path(number - 1), number - 1));
        let after = (number < self.newest).then(|| ("next", entry_path(number + 1), number + 1));
        before.into_iter().chain(after).collect()
    }
}

crate::pages::page!(EntryPage, Ledger);

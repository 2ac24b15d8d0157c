use packhouse_model::Timestamp;

use super::super::{filters, links};

/// Entries in a feed.
pub(crate) const ENTRIES: usize = 50;

/// The feed of a project, suite or maintainer.
pub(crate) fn path(kind: &str, name: &str) -> String {
    format!("/feeds/{kind}/{}.atom", links::encode(name))
}

/// An Atom feed (RFC 4287) of entries of the ledger.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "feed.xml", config = "templates/askama.toml", escape = "html")]
pub struct Feed {
    /// The feed's permanent id: `urn:x-packhouse:<distribution>:project:flask`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The whole address of the feed.
    pub this: String,
    /// The whole address of the page that it follows.
    pub page: String,
    /// Who publishes it: the distribution's name.
    pub author: String,
    /// When it last changed.
    pub updated: Timestamp,
    /// The newest first, at most 50.
    pub entries: Vec<FeedEntry>,
}

/// An entry of a feed.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    /// Its permanent id.
    pub id: String,
    /// `alice accepts flask==3.1.0`.
    pub title: String,
    /// When it was signed.
    pub updated: Timestamp,
    /// Who signed it.
    pub author: String,
    /// The whole address of the ledger's page.
    pub link: String,
    /// What is to be read in it: act and hash.
    pub summary: String,
}

impl Feed {
    /// The document, for `application/atom+xml`.
    pub fn render(&self) -> Result<String, askama::Error> {
        askama::Template::render(self)
    }
}

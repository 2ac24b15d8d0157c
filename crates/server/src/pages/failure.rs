use super::{Fact, Link, Site, assets, filters};

/// What a browser sees in place of the page it asked for.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "failure.html", config = "templates/askama.toml")]
pub struct FailurePage {
    /// What every page needs.
    pub site: Site,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words: `No such project`.
    pub title: String,
    /// What happened, to what, in a sentence or two.
    pub what: String,
    /// What to do, a sentence each.
    pub advice: Vec<String>,
    /// Pages that may be meant.
    pub links: Vec<Link>,
    /// For whoever looks into it: the request's id, when to try again.
    pub facts: Vec<Fact>,
}

impl FailurePage {
    /// Our fault or upstream's is waited out; the reader's is set right.
    fn tone(&self) -> &'static str {
        if self.status >= 500 { "no" } else { "wait" }
    }
}

super::page!(FailurePage, Elsewhere);

//! What is asked of a warm server, and what it has to reach.

use super::fixture::{LARGE_PAGE, LARGE_PROJECT, SMALL_FILE, SMALL_PROJECT};
use super::server::Policy;

/// Asks for the Simple API in HTML.
pub(crate) const HTML: &str = "application/vnd.pypi.simple.v1+html, text/html;q=0.9";
/// What pip sends.
pub(crate) const JSON: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
const ANY: &str = "*/*";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A project's page.
    Page(&'static str),
    /// The file of that project whose name begins so.
    File(&'static str, &'static str),
}

/// One kind of request, sent again and again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) what: &'static str,
    pub(crate) target: Target,
    pub(crate) accept: &'static str,
    pub(crate) gzip: bool,
    /// Packhouse is asked with its own ETag and answers 304; the others give the page.
    pub(crate) conditional: bool,
    pub(crate) policy: Policy,
    /// With many connections: the least share of nginx's rate.
    pub(crate) least_rate: f64,
    /// With many connections: the most of nginx's CPU for a request.
    pub(crate) most_cpu: Option<f64>,
}

const PAGE: Load = Load {
    what: "",
    target: Target::Page(SMALL_PROJECT),
    accept: HTML,
    gzip: false,
    conditional: false,
    policy: Policy::Open,
    least_rate: 0.9,
    most_cpu: Some(1.0),
};
const FILE: Load = Load { accept: ANY, most_cpu: None, least_rate: 1.0, ..PAGE };

/// All of them; the numbers to reach are those of the performance goals.
pub(crate) const LOADS: [Load; 9] = [
    Load { what: "six, HTML", ..PAGE },
    Load { what: "six, HTML, default policy", policy: Policy::Default, ..PAGE },
    Load { what: "six, JSON", accept: JSON, ..PAGE },
    Load { what: "six, HTML, 304 (nginx: 200)", conditional: true, least_rate: 1.2, ..PAGE },
    Load { what: "boto3, HTML", target: Target::Page(LARGE_PAGE), least_rate: 1.0, most_cpu: None, ..PAGE },
    Load { what: "boto3, HTML, gzip", target: Target::Page(LARGE_PAGE), gzip: true, most_cpu: None, ..PAGE },
    Load {
        what: "boto3, JSON",
        target: Target::Page(LARGE_PAGE),
        accept: JSON,
        least_rate: 1.0,
        most_cpu: None,
        ..PAGE
    },
    Load { what: "file, 11 kB", target: Target::File(SMALL_PROJECT, SMALL_FILE), ..FILE },
    Load {
        what: "file, 10 MB",
        target: Target::File(LARGE_PROJECT, LARGE_PROJECT),
        least_rate: 0.95,
        most_cpu: Some(3.0),
        ..FILE
    },
];

impl Load {
    /// The headers that ask for it.
    pub(crate) fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let mut headers = vec![("Accept", self.accept)];
        headers.extend(self.gzip.then_some(("Accept-Encoding", "gzip")));
        headers
    }
}

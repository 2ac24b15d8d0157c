use super::links::encode;
use super::{Hit, Paging, Site, Tally, Verdict, assets, filters, links};
use packhouse_model::{FileKind, Timestamp};

/// Files listed on one page of an explanation.
const FILES_PER_PAGE: u64 = 200;

/// What an explanation is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The project's canonical name.
    pub project: String,
    /// A version, unless it is about the whole project.
    pub version: Option<String>,
    /// A file name, when it is about one file.
    pub file: Option<String>,
}

impl Subject {
    /// As a requirement would name it: `flask`, `flask==3.1.3`; a file by its name.
    fn title(&self) -> String {
        match (&self.file, &self.version) {
            (Some(file), _) => file.clone(),
            (None, Some(version)) => format!("{}=={version}", self.project),
            (None, None) => self.project.clone(),
        }
    }
}

/// A rule that was asked and let it pass.
#[derive(Debug, Clone)]
pub struct PassedRule {
    /// Its name.
    pub rule: String,
    /// What it looked at.
    pub sentence: String,
}

/// Something the decision was made from.
#[derive(Debug, Clone)]
pub struct Fact {
    /// What it is: `Upload time`.
    pub name: String,
    /// Its value; empty when it is missing.
    pub value: String,
    /// Who says so: `upstream`, `this server`.
    pub source: String,
}

/// A file the explanation covers.
#[derive(Debug, Clone)]
pub struct WhyFile {
    /// The file name.
    pub name: String,
    /// Wheel, sdist or other.
    pub kind: FileKind,
    /// Bytes, when known.
    pub size: Option<u64>,
    /// 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// When upstream says it was uploaded.
    pub uploaded: Option<Timestamp>,
    /// When this server first saw it.
    pub first_seen: Option<Timestamp>,
    /// What the index does with it.
    pub verdict: Verdict,
    /// The names of the rules that decided.
    pub rules: Vec<String>,
}

/// `/why/<id>`: why an index serves, holds or refuses a project, a release or a file, and who can change it.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "why.html", config = "templates/askama.toml")]
pub struct WhyPage {
    /// What every page needs.
    pub site: Site,
    /// What it is about.
    pub subject: Subject,
    /// The index that decided.
    pub index: String,
    /// The outcome.
    pub verdict: Verdict,
    /// The outcome in one sentence.
    pub sentence: String,
    /// When the decision was made.
    pub decided: Timestamp,
    /// The rules that had something against it, those that exceptions lift included.
    pub hits: Vec<Hit>,
    /// The rules that were asked and let it pass.
    pub passed: Vec<PassedRule>,
    /// What was known.
    pub facts: Vec<Fact>,
    /// The files it covers.
    pub files: Vec<WhyFile>,
    /// Which page of the files to list, from 1.
    pub page: u64,
    /// The path of this page: `/why/<id>`.
    pub path: String,
    /// The path of the same as JSON.
    pub json: String,
}

impl WhyFile {
    fn anchor(&self) -> String {
        file_anchor(&self.name)
    }
}

/// The `id` of a file's row.
pub(crate) fn file_anchor(name: &str) -> String {
    format!("f-{}", encode(name))
}

impl WhyPage {
    fn paging(&self) -> Paging {
        Paging::new(self.page, self.files.len() as u64, FILES_PER_PAGE, &self.path, &[])
    }

    fn listed(&self) -> &[WhyFile] {
        let start = ((self.paging().page() - 1) * FILES_PER_PAGE) as usize;
        let end = (start + FILES_PER_PAGE as usize).min(self.files.len());
        self.files.get(start..end).unwrap_or_default()
    }

    fn tally(&self) -> Tally {
        Tally::of(self.files.iter().map(|file| file.verdict))
    }

    fn project_href(&self) -> String {
        links::project_path(&self.subject.project, &self.index)
    }
}

super::page!(WhyPage, Elsewhere);

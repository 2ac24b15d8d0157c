use std::sync::Arc;

use packhouse_model::{FileKind, ProjectName, Sha256, SuiteName, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything a decision is made from. A route that knows only the project leaves `release` and `file` out;
/// then only the rules about projects have something to say.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The project asked for.
    pub project: &'a ProjectFacts,
    /// The version the file belongs to; `None` for files whose name says no version.
    pub release: Option<&'a ReleaseFacts>,
    /// The file asked for.
    pub file: Option<&'a FileFacts>,
    /// The moment the decision is made for.
    pub now: Timestamp,
}

/// What is known of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFacts {
    /// Canonical name.
    pub name: ProjectName,
    /// What the upstream says of it.
    pub status: UpstreamStatus,
    /// The upstream's own words for that status, if it gave any.
    pub status_reason: Option<String>,
    /// The suite that holds the project in this index. Then the suite alone says what is served, and the rules about
    /// what nobody vetted are silent.
    pub suite: Option<SuiteName>,
    /// From when its oldest file counts; `None` when it has no file.
    pub oldest: Option<Timestamp>,
    /// What its name looks like, and nobody has said that it is another thing. Empty for names that were there before.
    pub looks_like: Arc<[LooksLike]>,
    /// It is popular or vetted, or was there when the index of names was set up: its age is held against it no more than
    /// its name.
    pub known: bool,
}

impl ProjectFacts {
    /// The facts before the upstream was asked.
    pub fn unasked(name: ProjectName) -> Self {
        Self {
            name,
            status: UpstreamStatus::Unasked,
            status_reason: None,
            suite: None,
            oldest: None,
            looks_like: Arc::default(),
            known: false,
        }
    }
}

/// A vetted or popular name, or a module's, that a project's name looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LooksLike {
    /// The name that is looked like, as a person confirms it.
    pub original: String,
    /// By which relation: a word that never changes.
    pub relation: &'static str,
    /// What follows the name in a headline: `looks like requests (letters changed places)`.
    pub short: String,
    /// The same as a sentence of its own.
    pub sentence: String,
}

/// What advisories say of one version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advisories {
    /// Those that affect it, or may, malware first.
    pub affecting: Vec<AdvisoryFact>,
    /// The ids of those that name it as the version that fixes them.
    pub fixes: Vec<String>,
}

/// An advisory that affects a version, or may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdvisoryFact {
    /// Its id.
    pub id: String,
    /// Ids of the same matter elsewhere.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// It speaks of malicious code, not of a mistake.
    pub malware: bool,
    /// `low`, `medium`, `high` or `critical`, where anybody says so.
    pub rating: Option<&'static str>,
    /// The versions that fix it.
    pub fixed: Vec<String>,
    /// Why it cannot be told whether the version is affected.
    pub unknown: Option<String>,
}

impl AdvisoryFact {
    /// Whether it goes by this id, its own or another's.
    pub fn is(&self, id: &str) -> bool {
        self.id == id || self.aliases.iter().any(|alias| alias == id)
    }
}

/// PEP 792's status markers, and what lies outside of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamStatus {
    /// The upstream has not been asked: a rule about it cannot be evaluated yet and is asked again later.
    Unasked,
    /// Nothing special.
    Active,
    /// No further releases are expected.
    Archived,
    /// Its authors advise against using it.
    Deprecated,
    /// The upstream holds it to be unsafe.
    Quarantined,
    /// A marker that is younger than this program.
    Other(String),
}

impl UpstreamStatus {
    /// The marker as PEP 792 writes it.
    pub fn word(&self) -> &str {
        match self {
            Self::Unasked => "not asked",
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Deprecated => "deprecated",
            Self::Quarantined => "quarantined",
            Self::Other(word) => word,
        }
    }
}

/// What is known of the version a file belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// The version as people write it.
    pub version: String,
    /// One text for all spellings of this version: what lists and exceptions are compared with.
    pub key: String,
    /// The upstream offers at least one wheel of this version.
    pub has_wheel: bool,
    /// The upstream offers a wheel that fits every platform.
    pub has_universal_wheel: bool,
    /// Who publishes it, compared with the release before it.
    pub publisher: Publisher,
}

/// What is known of who publishes a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publisher {
    /// It is young, and was not compared with the release before it yet.
    Unknown,
    /// What differs; nothing for old releases and for the first of a project.
    Known(Arc<[PublisherChange]>),
}

impl Default for Publisher {
    fn default() -> Self {
        Self::Known(Arc::default())
    }
}

/// Something about who publishes a release is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherChange {
    /// `publisher`, `attestation`, `repository`, `owners`, `addresses`, `domain`, `dormant` or `jump`.
    pub kind: &'static str,
    /// Whether the release waits for it.
    pub holds: bool,
    /// What follows the project and the version in a headline.
    pub short: String,
    /// The same as a sentence of its own.
    pub sentence: String,
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// The name it is listed under.
    pub filename: String,
    /// Wheel, sdist or other.
    pub kind: FileKind,
    /// The bytes that are asked for; `None` when the upstream names no SHA-256.
    pub sha256: Option<Sha256>,
    /// The bytes that were first seen under this filename.
    pub pinned: Option<Sha256>,
    /// When the upstream says it was uploaded.
    pub upload_time: Option<Timestamp>,
    /// When we first saw it; kept durably.
    pub first_seen: Timestamp,
    /// The last time we looked at the project and the file was not there. An upload time before this
    /// contradicts what we saw, and does not count.
    pub not_before: Option<Timestamp>,
    /// Since when the upstream no longer lists it.
    pub deleted: Option<Timestamp>,
    /// Whether the project's suite holds these bytes. Says nothing when no suite holds the project.
    pub in_suite: bool,
    /// What the distribution says of its release, when it took it out of use.
    pub withdrawn: Option<Withdrawn>,
    /// What advisories say of its version.
    pub advisories: Arc<Advisories>,
    /// What an inspection saw in it that weighs. None: nothing, or nobody has looked yet; no client gets all of a file
    /// before somebody has.
    pub inspected: Option<Inspected>,
    /// Since when its version has been there, when this file came to it weeks after.
    pub late: Option<Timestamp>,
    /// The new projects that it needs and that the release before it did not need. None: nobody has looked yet; it is looked
    /// at when the file or its metadata is asked for.
    pub newcomers: Option<Arc<[Newcomer]>>,
}

/// A project that a file newly needs, and that nobody knew before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// Its canonical name.
    pub project: String,
    /// From when its oldest file counts.
    pub oldest: Timestamp,
    /// The version before, which does not need it.
    pub before: String,
}

/// What weighs most of what an inspection saw in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// How much.
    pub weight: Weight,
    /// Not all of the file was examined.
    pub unexamined: bool,
    /// The inspection's rule: `S04`.
    pub rule: String,
    /// Path and line in the file; empty for the file as a whole.
    pub place: String,
    /// The text there, cut and made harmless to show; empty when there is none.
    pub line: String,
    /// What was seen, for people.
    pub message: String,
    /// What somebody should be able to answer before it is served.
    pub question: String,
    /// Further findings that weigh.
    pub more: usize,
}

/// How much a finding weighs, by the inspection's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// `hold`: it deserves a look.
    Hold,
    /// `review`: a person has to explain it.
    Review,
    /// `block`: it has no harmless explanation that was met so far.
    Block,
}

/// A release that the distribution took out of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// `quarantined` or `condemned`.
    pub condition: &'static str,
    /// What people are told.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

impl FileFacts {
    /// From when this file's age counts, and whether that is the upstream's word (`true`) or ours.
    pub fn age_from(&self) -> (Timestamp, bool) {
        match (self.upload_time, self.not_before) {
            (Some(upload), Some(floor)) if upload < floor => (floor, false),
            (Some(upload), _) => (upload, true),
            (None, _) => (self.first_seen, false),
        }
    }
}

//! From JSON to a record (OSV schema 1.x).

use packhouse_model::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::ecosystem::Ecosystem;
use crate::record::{Advisory, Affected, Event, EventKind, Range, RangeKind, Reference};
use crate::severity::Score;

/// What is accepted at most. The largest public records list some ten thousand versions in a few megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordLimits {
    /// Bytes of one record.
    pub bytes: usize,
    /// Bytes of an id, a name or a version.
    pub text: usize,
    /// Affected projects, ranges and events of one record, each counted over the whole record; aliases and links too.
    pub entries: usize,
    /// Versions that are listed one by one, over the whole record.
    pub versions: usize,
}

impl Default for RecordLimits {
    fn default() -> Self {
        Self { bytes: 16 << 20, text: 300, entries: 20_000, versions: 200_000 }
    }
}

/// Why a record was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Larger than the limit.
    #[error("the record has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// [`RecordLimits::bytes`].
        limit: usize,
    },
    /// No JSON, or not of the schema.
    #[error("expected a record of the OSV schema 1.x: {problem}")]
    Schema {
        /// What the reader of JSON says.
        problem: String,
    },
    /// Made for another schema.
    #[error("expected a record of the OSV schema 1.x; found schema {found:?}")]
    Version {
        /// What it says.
        found: String,
    },
    /// A text that is missing, too long or has control characters.
    #[error("{field} of the record is empty, too long or has control characters")]
    Text {
        /// Which.
        field: &'static str,
    },
    /// More than anybody needs.
    #[error("the record has more than {limit} {field}")]
    TooMany {
        /// Of what.
        field: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Not a time of RFC 3339.
    #[error("{field} of the record is no time such as 2026-11-22T13:00:00Z; found {found:?}")]
    Time {
        /// Which.
        field: &'static str,
        /// What stands there, cut.
        found: String,
    },
    /// An event or a range of a kind that is not known: what is affected cannot be told.
    #[error("{found:?} is no {field} of the OSV schema 1.x")]
    Kind {
        /// Event or range.
        field: &'static str,
        /// What stands there, cut.
        found: String,
    },
    /// The ecosystem has no such name.
    #[error("{name:?} is no name of a project of {ecosystem}")]
    Name {
        /// The name, cut.
        name: String,
        /// The ecosystem.
        ecosystem: String,
    },
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    schema_version: Option<String>,
    id: String,
    modified: String,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    related: Option<Vec<String>>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    severity: Option<Vec<Severity>>,
    #[serde(default)]
    affected: Option<Vec<AffectedDocument>>,
    #[serde(default)]
    references: Option<Vec<Link>>,
    #[serde(default)]
    database_specific: Value,
}

#[derive(Deserialize)]
struct Severity {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

#[derive(Deserialize)]
struct Link {
    #[serde(rename = "type")]
    kind: String,
    url: String,
}

#[derive(Deserialize)]
struct AffectedDocument {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    severity: Option<Vec<Severity>>,
    #[serde(default)]
    ranges: Option<Vec<RangeDocument>>,
    #[serde(default)]
    versions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct RangeDocument {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<serde_json::Map<String, Value>>,
}

impl Advisory {
    /// Reads one record.
    pub fn parse(bytes: &[u8], limits: &RecordLimits) -> Result<Self, RecordError> {
        if bytes.len() > limits.bytes {
            return Err(RecordError::TooLarge { size: bytes.len(), limit: limits.bytes });
        }
        // An array would pass for an object with its fields in order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(RecordError::Schema { problem: "it is no JSON object".to_owned() });
        }
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| RecordError::Schema { problem: cut(&error.to_string()) })?;
        if let Some(version) = &document.schema_version
            && version.split('.').next() != Some("1")
        {
            return Err(RecordError::Version { found: cut(version) });
        }
        Reader { limits, entries: 0, versions: 0 }.record(document)
    }
}

struct Reader<'a> {
    limits: &'a RecordLimits,
    entries: usize,
    versions: usize,
}

impl Reader<'_> {
    fn record(&mut self, document: Document) -> Result<Advisory, RecordError> {
        self.text("id", &document.id)?;
        let time = |field, text: Option<&String>| {
            let parse = |text: &String| {
                text.parse::<Timestamp>().map_err(|_| RecordError::Time { field, found: cut(text) })
            };
            text.map(parse).transpose()
        };
        let modified = time("modified", Some(&document.modified))?;
        let (aliases, related) = (document.aliases.unwrap_or_default(), document.related.unwrap_or_default());
        let references = document.references.unwrap_or_default();
        let severity = document.severity.unwrap_or_default();
        self.count(aliases.len() + related.len() + references.len() + severity.len())?;
        for alias in aliases.iter().chain(&related) {
            self.text("an alias", alias)?;
        }
        let mut affected = Vec::new();
        for one in document.affected.unwrap_or_default() {
            self.count(1)?;
            affected.extend(self.affected(one)?);
        }
        Ok(Advisory {
            id: document.id,
            // `transpose` gave a value for a value.
            modified: modified.unwrap_or(Timestamp::MIN),
            published: time("published", document.published.as_ref())?,
            withdrawn: time("withdrawn", document.withdrawn.as_ref())?,
            aliases,
            related,
            summary: document.summary,
            details: document.details,
            severity: scores(severity),
            affected,
            references: references
                .into_iter()
                .map(|link| Reference { kind: link.kind, url: link.url })
                .collect(),
            database_specific: document.database_specific,
        })
    }

    /// `None` for what has no package: it speaks of a repository.
    fn affected(&mut self, document: AffectedDocument) -> Result<Option<Affected>, RecordError> {
        let Some(package) = document.package else { return Ok(None) };
        self.text("an ecosystem", &package.ecosystem)?;
        self.text("a project's name", &package.name)?;
        let ecosystem = Ecosystem::named(&package.ecosystem);
        let project = ecosystem.project(&package.name).ok_or_else(|| RecordError::Name {
            name: cut(&package.name),
            ecosystem: cut(&package.ecosystem),
        })?;
        let severity = document.severity.unwrap_or_default();
        self.count(severity.len())?;
        let mut ranges = Vec::new();
        for range in document.ranges.unwrap_or_default() {
            self.count(1 + range.events.len())?;
            ranges.push(self.range(&range)?);
        }
        let versions = document.versions.unwrap_or_default();
        self.versions += versions.len();
        if self.versions > self.limits.versions {
            return Err(RecordError::TooMany { field: "versions", limit: self.limits.versions });
        }
        for version in &versions {
            self.text("a version", version)?;
        }
        let mut keys: Vec<String> = versions.iter().map(|version| ecosystem.version_key(version)).collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(Some(Affected { ecosystem, project, severity: scores(severity), ranges, versions, keys }))
    }

    fn range(&self, document: &RangeDocument) -> Result<Range, RecordError> {
        let kind = match document.kind.as_str() {
            "SEMVER" => RangeKind::SemVer,
            "ECOSYSTEM" => RangeKind::Ecosystem,
            "GIT" => RangeKind::Git,
            other => return Err(RecordError::Kind { field: "range", found: cut(other) }),
        };
        let mut events = Vec::with_capacity(document.events.len());
        for event in &document.events {
            // One key each (section *affected[].ranges[].events fields*); several are taken apart.
            if event.is_empty() {
                return Err(RecordError::Kind { field: "event", found: "{}".to_owned() });
            }
            for (name, version) in event {
                let kind = match name.as_str() {
                    "introduced" => EventKind::Introduced,
                    "fixed" => EventKind::Fixed,
                    "last_affected" => EventKind::LastAffected,
                    "limit" => EventKind::Limit,
                    other => return Err(RecordError::Kind { field: "event", found: cut(other) }),
                };
                let version = version.as_str().unwrap_or_default();
                self.text("the version of an event", version)?;
                events.push(Event { kind, version: version.to_owned() });
            }
        }
        Ok(Range { kind, events })
    }

    fn text(&self, field: &'static str, text: &str) -> Result<(), RecordError> {
        let good = !text.is_empty() && text.len() <= self.limits.text && !text.chars().any(char::is_control);
        if good { Ok(()) } else { Err(RecordError::Text { field }) }
    }

    fn count(&mut self, more: usize) -> Result<(), RecordError> {
        self.entries += more;
        let limit = self.limits.entries;
        if self.entries > limit { Err(RecordError::TooMany { field: "entries", limit }) } else { Ok(()) }
    }
}

fn scores(severity: Vec<Severity>) -> Vec<Score> {
    severity.into_iter().map(|severity| Score::new(severity.kind, severity.score)).collect()
}

/// The first 80 characters, escaped.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

//! in-toto Statements v1: who says what (the predicate) of which bytes (the subjects).
//!
//! Follows in-toto/attestation `spec/v1/statement.md`, and is narrower where it leaves room: a predicate is required,
//! subjects have a name and exactly a SHA-256, and unknown fields are refused. These are statements of a Packhouse; it is
//! not the reader for what other tools attest.

use std::collections::BTreeSet;

use packhouse_model::Sha256;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json;

/// `_type` of every statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The longest statement, in bytes of JSON.
pub const MAX_STATEMENT_BYTES: usize = 1 << 20;
/// The most subjects of one statement.
pub const MAX_SUBJECTS: usize = 10_000;
/// How deep arrays and objects may be nested, the statement itself included.
pub const MAX_DEPTH: usize = 32;
/// The longest name of a subject and the longest predicate type, in bytes.
pub const MAX_NAME_BYTES: usize = 1024;

/// What is said of which bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<P> {
    /// What it is about; never empty, names distinct.
    pub subjects: Vec<Subject>,
    /// A URI that says how to read the predicate.
    pub predicate_type: String,
    /// What is said. Serialises to a JSON object.
    pub predicate: P,
}

/// One artifact. It *is* its digest; the name only tells it from the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// A filename, or what else it is called.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: Sha256,
}

/// The bytes are no statement, or the statement could not be written so that it reads back.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Longer than [`MAX_STATEMENT_BYTES`].
    #[error("a statement has at most {MAX_STATEMENT_BYTES} bytes; this one has {bytes}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// No JSON, or JSON that two readers could understand differently.
    #[error("the statement is no JSON that every reader understands alike")]
    Json(#[source] serde_json::Error),
    /// A field is missing, unknown, or has the wrong type.
    #[error("the statement does not have the fields of an in-toto Statement v1")]
    Fields(#[source] serde_json::Error),
    /// `_type` is another.
    #[error("expected a statement of type {STATEMENT_TYPE}; found {found:?}")]
    Type {
        /// The type, cut to 80 characters.
        found: String,
    },
    /// in-toto requires a subject.
    #[error("a statement is about something: it needs at least one subject")]
    NoSubject,
    /// More than [`MAX_SUBJECTS`].
    #[error("a statement has at most {MAX_SUBJECTS} subjects; this one has {found}")]
    TooManySubjects {
        /// How many.
        found: usize,
    },
    /// The name is empty, too long, or has control characters.
    #[error("a subject's name has 1 to {MAX_NAME_BYTES} bytes and no control characters; found {found:?}")]
    SubjectName {
        /// The name, cut to 80 characters.
        found: String,
    },
    /// Attack: a reader who looks a file up by its name takes the first, another one the last.
    #[error("two subjects are called {name:?}")]
    RepeatedSubject {
        /// The name, cut to 80 characters.
        name: String,
    },
    /// Not 64 lower-case hexadecimal digits: one digest has one spelling.
    #[error("the subject {name:?} needs a SHA-256 of 64 lower-case hexadecimal digits; found {found:?}")]
    SubjectDigest {
        /// The subject, cut to 80 characters.
        name: String,
        /// The digest, cut to 80 characters.
        found: String,
    },
    /// No URI.
    #[error(
        "a predicate type is a URI of printable ASCII such as https://example.org/review/v1; found {found:?}"
    )]
    PredicateType {
        /// The type, cut to 80 characters.
        found: String,
    },
    /// The predicate is no JSON object.
    #[error("the predicate of a statement is a JSON object")]
    NoObject,
    /// The predicate could not be read, or written, as what its type says.
    #[error("the predicate is not one of type {predicate_type}")]
    Predicate {
        /// The statement's predicate type.
        predicate_type: String,
        /// What serde said.
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireStatement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<WireSubject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSubject {
    name: String,
    digest: WireDigest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireDigest {
    sha256: String,
}

impl<P: Serialize> Statement<P> {
    /// The bytes to sign: compact JSON, the fields in the specification's order, the predicate's keys sorted, so that one
    /// statement has one spelling. What this writes, [`Statement::parse`] reads; what it would not read is an error here.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StatementError> {
        let wrap = |source| StatementError::Predicate { predicate_type: cut(&self.predicate_type), source };
        let mut predicate = serde_json::to_value(&self.predicate).map_err(wrap)?;
        predicate.sort_all_objects();
        let subject = self.subjects.iter().map(|subject| WireSubject {
            name: subject.name.clone(),
            digest: WireDigest { sha256: subject.sha256.hex() },
        });
        let statement = WireStatement {
            kind: STATEMENT_TYPE.to_owned(),
            subject: subject.collect(),
            predicate_type: self.predicate_type.clone(),
            predicate,
        };
        let bytes = serde_json::to_vec(&statement).map_err(wrap)?;
        Statement::<Value>::parse(&bytes)?;
        Ok(bytes)
    }
}

impl<P: DeserializeOwned> Statement<P> {
    /// Reads a statement. The predicate's own strictness is `P`'s (`#[serde(deny_unknown_fields)]`).
    ///
    /// To tell apart several types of predicate, read a `Statement<serde_json::Value>`, look at its `predicate_type` and
    /// call [`Statement::with_predicate`].
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        read(bytes)?.with_predicate()
    }
}

impl Statement<Value> {
    /// Reads the predicate as what its type says.
    pub fn with_predicate<P: DeserializeOwned>(self) -> Result<Statement<P>, StatementError> {
        match serde_json::from_value(self.predicate) {
            Ok(predicate) => {
                Ok(Statement { subjects: self.subjects, predicate_type: self.predicate_type, predicate })
            }
            Err(source) => Err(StatementError::Predicate { predicate_type: self.predicate_type, source }),
        }
    }
}

fn read(bytes: &[u8]) -> Result<Statement<Value>, StatementError> {
    if bytes.len() > MAX_STATEMENT_BYTES {
        return Err(StatementError::TooLarge { bytes: bytes.len() });
    }
    json::check(bytes, MAX_DEPTH).map_err(StatementError::Json)?;
    let wire: WireStatement = serde_json::from_slice(bytes).map_err(StatementError::Fields)?;
    if wire.kind != STATEMENT_TYPE {
        return Err(StatementError::Type { found: cut(&wire.kind) });
    }
    let uri = &wire.predicate_type;
    if uri.len() > MAX_NAME_BYTES || !uri.contains(':') || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(StatementError::PredicateType { found: cut(uri) });
    }
    if !wire.predicate.is_object() {
        return Err(StatementError::NoObject);
    }
    let subjects = read_subjects(wire.subject)?;
    Ok(Statement { subjects, predicate_type: wire.predicate_type, predicate: wire.predicate })
}

fn read_subjects(wire: Vec<WireSubject>) -> Result<Vec<Subject>, StatementError> {
    if wire.is_empty() {
        return Err(StatementError::NoSubject);
    }
    if wire.len() > MAX_SUBJECTS {
        return Err(StatementError::TooManySubjects { found: wire.len() });
    }
    let mut names = BTreeSet::new();
    for WireSubject { name, .. } in &wire {
        // Control characters: a name is printed on terminals, before somebody signs.
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
            return Err(StatementError::SubjectName { found: cut(name) });
        }
        if !names.insert(name.as_str()) {
            return Err(StatementError::RepeatedSubject { name: cut(name) });
        }
    }
    let read = |WireSubject { name, digest }: WireSubject| match digest.sha256.parse::<Sha256>() {
        Ok(sha256) if sha256.hex() == digest.sha256 => Ok(Subject { name, sha256 }),
        _ => Err(StatementError::SubjectDigest { name: cut(&name), found: cut(&digest.sha256) }),
    };
    wire.into_iter().map(read).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

use std::collections::BTreeSet;

use packhouse_model::{ProjectName, RiskClass, Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Release;
use crate::release::project_name;

/// By the server: the upstream released something of a project under maintenance. The files are the statement's subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Which.
    pub release: Release,
    /// When the upstream says that it came.
    pub uploaded: Timestamp,
    /// Its files, in the order of the subjects, which have their hashes.
    pub files: Vec<CandidateFile>,
    /// What its own metadata says.
    pub metadata: ReleaseMetadata,
    /// Who made it, as far as the upstream tells.
    pub vendor: Vendor,
    /// What differs in that from the last accepted release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity: Vec<IdentityChange>,
    /// What the difference from `base` could do.
    pub risk: RiskClass,
    /// Why that class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risk_reasons: Vec<RiskReason>,
    /// The accepted release that it was compared with; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Release>,
    /// Lines added and removed against `base`, or all lines: what a review has to read.
    pub lines: u64,
}

/// One file of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateFile {
    /// As the upstream calls it, and as we will.
    pub filename: String,
    /// Bytes.
    pub size: u64,
    /// The hash of its core metadata, when it is a wheel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Sha256>,
    /// When the upstream says that it came.
    pub uploaded: Timestamp,
    /// Where its provenance is (PEP 740), if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// A file's attestations, as the upstream had them when the file was taken in. Kept, so that they are here for as long as
/// the file is; not verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The document's hash.
    pub sha256: Sha256,
    /// Who published, as the document says that the upstream has checked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
}

/// What installability needs to know of a release (core metadata).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseMetadata {
    /// `Requires-Python`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// `Requires-Dist`, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires_dist: Vec<String>,
    /// `Provides-Extra`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides_extra: Vec<String>,
    /// `Summary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// `License-Expression`, or `License`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
}

/// Who is behind a release, from the upstream's metadata: `vendor(project)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Accounts that may publish, and owners of the repository: `registry:alice`, `forge:pallets`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<String>,
    /// Names of authors, maintainers and organisations as the metadata has them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub names: BTreeSet<String>,
    /// SHA-256 of the mail addresses in lower case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub addresses: BTreeSet<Sha256>,
    /// The domains of these addresses that are not a public mail service's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub domains: BTreeSet<String>,
    /// The repository: `forge/owner/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The identity that its attestations name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
}

/// Something about who made a release is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityChange {
    /// `publisher`, `repository`, `accounts`, `addresses`, `attestation`.
    pub what: String,
    /// As in the last accepted release.
    pub before: String,
    /// As in this one.
    pub after: String,
}

/// Why a release is in its risk class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskReason {
    /// The class that this alone would bring.
    pub class: RiskClass,
    /// What, for people.
    pub what: String,
    /// A path in the release, or a field of its metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What the upstream did to something that it had released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpstreamEvent {
    /// Marked as not to be used (PEP 592).
    Yanked,
    /// Took that back.
    Unyanked,
    /// Removed it.
    Deleted,
    /// Put the project under quarantine (PEP 792).
    Quarantined,
    /// Lifted that.
    Cleared,
}

/// By the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamNews {
    /// Which project.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// Which release; none when it concerns the whole project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// What happened.
    pub event: UpstreamEvent,
    /// The upstream's reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

use std::collections::BTreeMap;

use packhouse_model::Sha256;
use serde::{Deserialize, Serialize};

use crate::kind::ContentKind;

/// What lies in a file of a release: path by path, without the contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree {
    /// By path, as in the archive. Folders are not listed.
    pub files: BTreeMap<String, TreeFile>,
}

/// One file of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeFile {
    /// Of its content; of a symbolic link's target text.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// What it is.
    pub kind: ContentKind,
    /// Whether anybody may execute it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// Where it leads, when it is a symbolic link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

//! Builders of distributions: valid wheels and sdists, the same bytes for the same calls.

mod sdist;
mod wheel;
pub(crate) mod zip;

pub use sdist::Sdist;
pub use wheel::Wheel;

use bytes::Bytes;
use packhouse_model::Sha256;
use std::fmt::Write as _;

/// A finished wheel or sdist, as its vendor would upload it.
#[derive(Debug, Clone)]
pub struct BuiltFile {
    /// The name on the project page.
    pub filename: String,
    /// The project's name as the vendor writes it, not normalised.
    pub project: String,
    /// The version as the vendor writes it.
    pub version: String,
    /// The file.
    pub bytes: Bytes,
    /// The hash of `bytes`.
    pub sha256: Sha256,
    /// `METADATA` of a wheel, `PKG-INFO` of an sdist, byte for byte as in the file.
    pub metadata: Vec<u8>,
    /// What `Requires-Python` in the metadata says.
    pub requires_python: Option<String>,
}

impl BuiltFile {
    /// Wraps bytes that no builder made: damaged archives, eggs, installers.
    pub fn raw(project: &str, version: &str, filename: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            filename: filename.into(),
            project: project.into(),
            version: version.into(),
            sha256: Sha256::of(&bytes),
            bytes,
            metadata: Vec::new(),
            requires_python: None,
        }
    }
}

/// The core metadata fields that both kinds of distribution carry.
#[derive(Debug, Clone)]
struct Metadata {
    name: String,
    version: String,
    requires_python: Option<String>,
    requires: Vec<String>,
    headers: Vec<(String, String)>,
    description: String,
}

impl Metadata {
    fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            version: "1.0".into(),
            requires_python: None,
            requires: Vec::new(),
            headers: Vec::new(),
            description: String::new(),
        }
    }

    fn render(&self) -> Vec<u8> {
        let mut text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name, self.version);
        for (name, value) in &self.headers {
            let _ = writeln!(text, "{name}: {value}");
        }
        if let Some(requirement) = &self.requires_python {
            let _ = writeln!(text, "Requires-Python: {requirement}");
        }
        for requirement in &self.requires {
            let _ = writeln!(text, "Requires-Dist: {requirement}");
        }
        if !self.description.is_empty() {
            let _ = write!(text, "\n{}", self.description);
        }
        text.into_bytes()
    }

    /// The name as it stands in filenames: PEP 491's escaping of the PEP 503 name.
    fn file_name(&self) -> String {
        normalize(&self.name).replace('-', "_")
    }
}

/// PEP 503: lower case, runs of `-`, `_` and `.` become one `-`.
pub(crate) fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normal.push(character.to_ascii_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

/// Bytes that do not compress and are the same for the same seed (xorshift64*).
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

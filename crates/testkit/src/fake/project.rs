use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use packhouse_model::{Sha256, Timestamp};
use serde_json::{Map, Value};

use super::fault::Lie;
use super::settings::{Dialect, Settings};
use crate::build::{BuiltFile, normalize};

/// A file with what the upstream knows about it beyond its bytes.
///
/// A bare [`BuiltFile`] counts as uploaded on 2020-01-01, long past any cooldown.
#[derive(Debug, Clone)]
#[must_use]
pub struct Upload {
    pub(super) project: String,
    pub(super) file: File,
}

impl Upload {
    /// The file, uploaded on 2020-01-01, not yanked.
    pub fn of(built: BuiltFile) -> Self {
        let hex = built.sha256.hex();
        let metadata = (!built.metadata.is_empty() && has_metadata_file(&built.filename))
            .then(|| Bytes::from(built.metadata.clone()));
        let file = File {
            path: format!("/packages/{}/{}/{}/{}", &hex[..2], &hex[2..4], &hex[4..], built.filename),
            filename: built.filename,
            version: built.version,
            sha256: hex,
            size: built.bytes.len() as u64,
            requires_dist: requires_dist(&built.metadata),
            bytes: Some(built.bytes),
            metadata,
            requires_python: built.requires_python,
            uploaded: Some(moment("2020-01-01T00:00:00Z")),
            yanked: None,
            provenance: None,
            fields: Map::new(),
        };
        Self { project: built.project, file }
    }

    /// When it was uploaded, such as `2026-11-22T13:00:00.123456Z`.
    pub fn at(mut self, time: &str) -> Self {
        self.file.uploaded = Some(moment(time));
        self
    }

    /// Uploaded so long before now, by this machine's clock.
    pub fn age(mut self, age: Duration) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
        let micros = since.saturating_sub(age).as_micros();
        self.file.uploaded =
            Some(Timestamp::from_micros(i64::try_from(micros).expect("a clock before 9999")));
        self
    }

    /// The upstream does not say when it was uploaded, in any dialect.
    pub fn unknown_age(mut self) -> Self {
        self.file.uploaded = None;
        self
    }

    /// Yanked, with a reason that may be empty (PEP 592).
    pub fn yanked(mut self, reason: &str) -> Self {
        self.file.yanked = Some(reason.into());
        self
    }

    /// Has this provenance object (PEP 740), served under `/integrity/`.
    pub fn provenance(mut self, object: Value) -> Self {
        self.file.provenance = Some(object);
        self
    }

    /// One more key on the file in JSON pages, such as one that no specification knows.
    pub fn field(mut self, key: &str, value: Value) -> Self {
        self.file.fields.insert(key.into(), value);
        self
    }

    /// No `.metadata` beside this file.
    pub fn without_metadata(mut self) -> Self {
        self.file.metadata = None;
        self
    }
}

impl From<BuiltFile> for Upload {
    fn from(file: BuiltFile) -> Self {
        Self::of(file)
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// PEP 658: `.metadata` goes with a wheel, not with an sdist.
fn has_metadata_file(filename: &str) -> bool {
    std::path::Path::new(filename).extension().is_some_and(|extension| extension == "whl")
}

/// The `Requires-Dist` values of a metadata file, in order.
pub(super) fn requires_dist(metadata: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(metadata);
    text.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("Requires-Dist: "))
        .map(str::to_owned)
        .collect()
}

/// A file as the upstream keeps it.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) filename: String,
    pub(super) version: String,
    /// `/packages/…/<filename>`.
    pub(super) path: String,
    /// What the pages say; a damaged upstream may serve other bytes.
    pub(super) sha256: String,
    pub(super) size: u64,
    /// `None` for a recorded file that was not kept: listed, and 404.
    pub(super) bytes: Option<Bytes>,
    pub(super) metadata: Option<Bytes>,
    pub(super) requires_dist: Vec<String>,
    pub(super) requires_python: Option<String>,
    pub(super) uploaded: Option<Timestamp>,
    pub(super) yanked: Option<String>,
    pub(super) provenance: Option<Value>,
    pub(super) fields: Map<String, Value>,
}

/// The pages of a recorded project, byte for byte, with `upstream.invalid` for its hosts.
#[derive(Debug, Clone)]
pub(super) struct RecordedPages {
    pub(super) html: Arc<str>,
    pub(super) dated_html: Arc<str>,
    pub(super) json: Arc<str>,
}

/// A project as the upstream keeps it.
#[derive(Debug, Clone)]
pub(super) struct Project {
    /// Normalised.
    pub(super) name: String,
    pub(super) files: Vec<File>,
    pub(super) status: Option<(String, Option<String>)>,
    /// Further keys on the JSON page.
    pub(super) fields: Map<String, Value>,
    /// Keys of `info` in the project's JSON that differ from what the files say.
    pub(super) info: Map<String, Value>,
    /// Further keys of the project's JSON document, beside `info`.
    pub(super) document: Map<String, Value>,
    pub(super) serial: u64,
    /// Dropped as soon as anything about the project is changed.
    pub(super) recorded: Option<RecordedPages>,
}

impl Project {
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: normalize(name),
            files: Vec::new(),
            status: None,
            fields: Map::new(),
            info: Map::new(),
            document: Map::new(),
            serial: 0,
            recorded: None,
        }
    }

    /// Versions in the order of their first upload, each once.
    pub(super) fn versions(&self) -> Vec<&str> {
        let mut versions: Vec<&str> = Vec::new();
        for file in &self.files {
            if !versions.contains(&file.version.as_str()) {
                versions.push(&file.version);
            }
        }
        versions
    }

    /// What the page lists, with a lie in it if asked. A quarantined project lists nothing (PEP 792).
    pub(super) fn rows(&self, base: &str, settings: &Settings, lie: Option<Lie>) -> Vec<Row<'_>> {
        if self.status.as_ref().is_some_and(|(status, _)| status == "quarantined") {
            return Vec::new();
        }
        let root = if settings.relative_urls { "../.." } else { base };
        let row = |file| Row::of(file, self, root, base, settings);
        let mut rows: Vec<Row<'_>> = self.files.iter().map(row).collect();
        if let Some(lie) = lie {
            tell(lie, &mut rows, root);
        }
        rows
    }
}

/// One file as a page shows it.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    pub(super) file: &'a File,
    pub(super) filename: String,
    pub(super) url: String,
    pub(super) sha256: Option<String>,
    pub(super) requires_python: Option<String>,
    pub(super) yanked: Option<String>,
    pub(super) metadata_sha256: Option<String>,
    pub(super) provenance_url: Option<String>,
}

impl<'a> Row<'a> {
    fn of(file: &'a File, project: &Project, root: &str, base: &str, settings: &Settings) -> Self {
        let provenance =
            || format!("{base}/integrity/{}/{}/{}/provenance", project.name, file.version, file.filename);
        let advertised = settings.metadata_files && settings.dialect == Dialect::Json;
        Self {
            file,
            filename: file.filename.clone(),
            url: format!("{root}{}", file.path),
            sha256: Some(file.sha256.clone()),
            requires_python: file.requires_python.clone(),
            yanked: file.yanked.clone(),
            metadata_sha256: file.metadata.as_ref().filter(|_| advertised).map(|m| Sha256::of(m).hex()),
            provenance_url: file.provenance.as_ref().map(|_| provenance()),
        }
    }
}

fn tell(lie: Lie, rows: &mut Vec<Row<'_>>, root: &str) {
    let markup = "<script>alert(\"1\")</script>&'";
    if lie == Lie::Twice {
        let copies = rows.clone();
        rows.extend(copies.into_iter().map(|row| Row { sha256: Some("1".repeat(64)), ..row }));
    }
    if let (Lie::ManyFiles(count), Some(model)) = (lie, rows.first().cloned()) {
        rows.extend((0..count).map(|n| {
            let (stem, extension) = model.filename.split_once('-').unwrap_or((&model.filename, ""));
            let end = extension.split_once('-').map_or(".tar.gz".into(), |(_, tags)| format!("-{tags}"));
            let filename = format!("{stem}-0.0.{n}{end}");
            let sha256 = Sha256::of(filename.as_bytes()).hex();
            let url = format!("{root}/packages/00/00/{sha256}/{filename}");
            Row { filename, url, sha256: Some(sha256), metadata_sha256: None, ..model.clone() }
        }));
    }
    for row in rows {
        match lie {
            Lie::AnchorText => row.filename = format!("other-{}", row.filename),
            Lie::OtherHost => row.url = format!("http://evil.invalid{}", row.file.path),
            Lie::Script => row.url = format!("javascript:alert('{}')", row.filename),
            Lie::Traversal => {
                row.filename = format!("../../etc/{}", row.filename);
                row.url = format!("{root}/packages/../../../etc/{}", row.file.filename);
            }
            Lie::ChangedHash => row.sha256 = Some("0".repeat(64)),
            Lie::NoHash => row.sha256 = None,
            Lie::Markup => {
                row.requires_python = Some(format!(">=3{markup}"));
                row.yanked = Some(format!("a \"reason\" {markup}"));
            }
            Lie::Twice | Lie::ManyFiles(_) => {}
        }
    }
}

//! Data sets on the disk: `plan/raw/<sha256>` with the bytes as they came, and `plan/manifest.json` with what each is.
//!
//! A file counts once it stands in the manifest, which is replaced in one step after the bytes were synced: whatever
//! happens in between, an import is there or it is not, and is done again at no harm. Who writes holds `plan/lock`, so that
//! two imports at once lose nothing of each other, and what a killed one left is known to be nobody's.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use packhouse_model::{Sha256, Timestamp};
use packhouse_plan::import::{Hints, ImportError, Progress, Report};
use packhouse_plan::snapshot::{About, CountingRule, Ecosystem, Kind, Snapshot};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::formats;

/// The folder of the data sets.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

/// A file that was imported, and how it has to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kept {
    /// Its hash, and its name in the folder.
    pub content: Sha256,
    /// How it was called.
    pub file: String,
    /// When it was imported.
    pub imported: Timestamp,
    /// What is in it.
    pub holds: Vec<About>,
}

/// Why a data set cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file is no data set.
    #[error("{file} was not imported")]
    Import {
        /// The file.
        file: String,
        /// Why.
        source: ImportError,
    },
    /// The disk.
    #[error("{path} cannot be used")]
    Disk {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest is not what we wrote.
    #[error("{path} is damaged; move it away and import the files in raw/ again")]
    Manifest {
        /// Where.
        path: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The bytes that were read are not those that were to be kept.
    #[error("{path} was written to while it was imported; import it again when it is complete")]
    Moving {
        /// The file.
        path: String,
    },
    /// A kept file has other bytes than when it was imported.
    #[error("{path} is not what was imported: its bytes were changed")]
    Changed {
        /// Where.
        path: String,
    },
}

impl Archive {
    /// The data sets in a data folder.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("plan") }
    }

    /// Imports a file: reads all of it, keeps its bytes, and remembers what it is. A file that is there already is read
    /// and remembered anew.
    pub fn import(
        &self,
        path: &Path,
        hints: Hints,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(Kept, Report), ArchiveError> {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let imported = hints.now;
        let mut hints = hints.from_name(&file);
        hints.written = written(&File::open(path).map_err(|error| disk(path, error))?, imported);
        let found = formats::read(path, hints, progress)
            .map_err(|source| ArchiveError::Import { file: path.display().to_string(), source })?;
        let holds: Vec<About> = found.snapshots.into_iter().map(|snapshot| snapshot.about).collect();
        // An import without a snapshot is an error, so that there is a first.
        let content = holds.first().map_or_else(|| Sha256::of(&[]), |about| about.content);
        let kept = Kept { content, file, imported, holds };
        let _alone = self.lock()?;
        self.keep(path, content)?;
        let mut all = self.kept()?;
        all.retain(|other| other.content != content);
        all.push(kept.clone());
        self.write(&all)?;
        Ok((kept, found.report))
    }

    /// What is kept of a file that was imported before: of these very bytes, undamaged, and read as `hints` and its name say.
    /// An import of several files that was cut goes on by asking this first. A file is only hashed where a kept one has
    /// its size.
    pub fn already(&self, path: &Path, hints: &Hints) -> Result<Option<Kept>, ArchiveError> {
        let size = std::fs::metadata(path).map_err(|error| disk(path, error))?.len();
        let mut all = self.kept()?;
        let raw_size = |kept: &Kept| std::fs::metadata(self.raw(kept.content)).map(|raw| raw.len());
        all.retain(|kept| raw_size(kept).is_ok_and(|kept| kept == size));
        if all.is_empty() {
            return Ok(None);
        }
        let content = hash(path).map_err(|error| disk(path, error))?;
        let Some(kept) = all.into_iter().find(|kept| kept.content == content) else { return Ok(None) };
        let raw = self.raw(content);
        if hash(&raw).map_err(|error| disk(&raw, error))? != content {
            return Ok(None);
        }
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let asked = hints.clone().from_name(&file);
        let same = kept.holds.iter().all(|about| {
            asked.date.is_none_or(|date| date == about.date)
                && asked.ecosystem.as_ref().is_none_or(|ecosystem| *ecosystem == about.ecosystem)
                && asked.rule.is_none_or(|rule| rule == about.rule)
                && asked.source.as_ref().is_none_or(|source| *source == about.source)
        });
        Ok(same.then_some(kept))
    }

    /// What was imported, the oldest import first.
    pub fn kept(&self) -> Result<Vec<Kept>, ArchiveError> {
        let path = self.folder.join("manifest.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| ArchiveError::Manifest { path: path.display().to_string(), source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(disk(&path, error)),
        }
    }

    /// The newest data set of each kind of a registry, read again from the bytes that were kept.
    pub fn newest(&self, ecosystem: &Ecosystem, now: Timestamp) -> Result<Vec<Snapshot>, ArchiveError> {
        let all = self.kept()?;
        let mut kinds: Vec<(&Kept, &About)> = Vec::new();
        for (kept, about) in all.iter().flat_map(|kept| kept.holds.iter().map(move |about| (kept, about))) {
            if about.ecosystem != *ecosystem {
                continue;
            }
            match kinds.iter_mut().find(|(_, known)| known.kind == about.kind) {
                Some(known) if known.1.date <= about.date => *known = (kept, about),
                Some(_) => {}
                None => kinds.push((kept, about)),
            }
        }
        let mut snapshots = Vec::new();
        for (kept, about) in kinds {
            let found = self.read(kept, about, now)?;
            snapshots.extend(found.into_iter().filter(|snapshot| snapshot.about.kind == about.kind));
        }
        Ok(snapshots)
    }

    /// The newest data set of one kind of a registry.
    pub fn newest_of(
        &self,
        ecosystem: &Ecosystem,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Option<Snapshot>, ArchiveError> {
        let all = self.kept()?;
        let sets = all.iter().flat_map(|kept| kept.holds.iter().map(move |about| (kept, about)));
        let of_kind = sets.filter(|(_, about)| about.ecosystem == *ecosystem && about.kind == kind);
        let Some((kept, about)) = of_kind.max_by_key(|(_, about)| about.date) else { return Ok(None) };
        Ok(self.read(kept, about, now)?.into_iter().find(|snapshot| snapshot.about.kind == kind))
    }

    /// Every data set of a registry, read again from the bytes that were kept, in the order of their dates. `told` hears of
    /// how many files were read, of how many.
    pub fn all(
        &self,
        ecosystem: &Ecosystem,
        now: Timestamp,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Snapshot>, ArchiveError> {
        let kept = self.kept()?;
        let of = |kept: &&Kept| kept.holds.iter().any(|about| about.ecosystem == *ecosystem);
        let wanted: Vec<&Kept> = kept.iter().filter(of).collect();
        let mut snapshots = Vec::new();
        for (at, kept) in wanted.iter().enumerate() {
            if let Some(about) = kept.holds.iter().find(|about| about.ecosystem == *ecosystem) {
                snapshots.extend(self.read(kept, about, now)?);
            }
            told(at + 1, wanted.len());
        }
        snapshots.sort_by_key(|snapshot| snapshot.about.date);
        Ok(snapshots)
    }

    /// Tells one state of the archive from any other; `None` when nothing was imported.
    pub fn state(&self) -> Result<Option<Sha256>, ArchiveError> {
        let path = self.folder.join("manifest.json");
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(Sha256::of(&bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(&path, error)),
        }
    }

    fn read(&self, kept: &Kept, about: &About, now: Timestamp) -> Result<Vec<Snapshot>, ArchiveError> {
        let path = self.raw(kept.content);
        let rule = (about.rule != CountingRule::UNSTATED).then_some(about.rule);
        let hints = Hints {
            now: now.max(about.date),
            date: Some(about.date),
            written: None,
            source: Some(about.source.clone()),
            rule,
            ecosystem: Some(about.ecosystem.clone()),
        };
        let found = formats::read(&path, hints, &mut |_| ())
            .map_err(|source| ArchiveError::Import { file: kept.file.clone(), source })?;
        if found.snapshots.iter().any(|snapshot| snapshot.about.content != kept.content) {
            return Err(ArchiveError::Changed { path: path.display().to_string() });
        }
        Ok(found.snapshots)
    }

    fn raw(&self, content: Sha256) -> PathBuf {
        self.folder.join("raw").join(content.hex())
    }

    /// Waits until nobody else writes, and takes away what those left who were killed while they did.
    fn lock(&self) -> Result<File, ArchiveError> {
        let raw = self.folder.join("raw");
        let take = || {
            std::fs::create_dir_all(&raw)?;
            let file =
                File::options().create(true).truncate(false).write(true).open(self.folder.join("lock"))?;
            file.lock()?;
            for folder in [&raw, &self.folder] {
                for entry in std::fs::read_dir(folder)? {
                    let path = entry?.path();
                    if path.extension().is_some_and(|extension| extension == "part") {
                        std::fs::remove_file(&path)?;
                    }
                }
            }
            Ok(file)
        };
        take().map_err(|error| disk(&self.folder, error))
    }

    /// Copies a file to its place. Its name there is its hash, so the copy is hashed too: somebody may still be writing to it.
    fn keep(&self, from: &Path, content: Sha256) -> Result<(), ArchiveError> {
        let to = self.raw(content);
        let staged = to.with_extension("part");
        let copied = copy(from, &staged).map_err(|error| disk(&to, error))?;
        if copied != content {
            let _ = std::fs::remove_file(&staged);
            return Err(ArchiveError::Moving { path: from.display().to_string() });
        }
        put(&staged, &to).map_err(|error| disk(&to, error))
    }

    fn write(&self, all: &[Kept]) -> Result<(), ArchiveError> {
        let path = self.folder.join("manifest.json");
        let staged = self.folder.join("manifest.part");
        let text = serde_json::to_vec_pretty(all)
            .map_err(|source| ArchiveError::Manifest { path: path.display().to_string(), source })?;
        let write = || {
            let mut file = File::create(&staged)?;
            file.write_all(&text)?;
            file.sync_all()?;
            put(&staged, &path)
        };
        write().map_err(|error| disk(&path, error))
    }
}

/// Gives a file that was synced its name, for good.
fn put(staged: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::rename(staged, to)?;
    to.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Copies a file, syncs the copy, and returns the hash of what was copied.
fn copy(from: &Path, to: &Path) -> std::io::Result<Sha256> {
    let mut to = File::create(to)?;
    let hash = each_piece(from, |bytes| to.write_all(bytes))?;
    to.sync_all()?;
    Ok(hash)
}

/// The hash of a file.
pub(super) fn hash(path: &Path) -> std::io::Result<Sha256> {
    each_piece(path, |_| Ok(()))
}

fn each_piece(path: &Path, mut take: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<Sha256> {
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(Sha256::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&buffer[..count]);
        take(&buffer[..count])?;
    }
}

/// When a file was written; now when its time lies in the future.
fn written(file: &File, now: Timestamp) -> Option<Timestamp> {
    let modified = file.metadata().and_then(|metadata| metadata.modified()).ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_micros(i64::try_from(since.as_micros()).ok()?).min(now))
}

fn disk(path: &Path, source: std::io::Error) -> ArchiveError {
    ArchiveError::Disk { path: path.display().to_string(), source }
}

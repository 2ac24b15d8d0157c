use std::collections::HashMap;

use super::collect::skipped;
use super::{File, Limits, Page, Yanked};
use crate::project_json::{ReleaseFile, Summary};
use crate::text::cut;
use crate::version::LONGEST_VERSION;

/// What a page does not say and a project's JSON API document might.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lacks {
    /// How many files have no SHA-256.
    pub sha256: usize,
    /// How many files have no size.
    pub size: usize,
    /// How many files have no upload time.
    pub upload_time: usize,
    /// No file has a specifier, and the page is of a kind (older than PEP 700) that may not write any.
    pub requires_python: bool,
    /// No file is yanked, and the page is of a kind that may not say so.
    pub yanked: bool,
    /// There are files, but no list of versions.
    pub versions: bool,
}

impl Lacks {
    /// Whether it is worth asking for the JSON API document.
    pub fn any(&self) -> bool {
        self.sha256 > 0
            || self.size > 0
            || self.upload_time > 0
            || self.requires_python
            || self.yanked
            || self.versions
    }
}

impl Page {
    /// What is missing on this page.
    pub fn lacks(&self) -> Lacks {
        let count = |missing: fn(&File) -> bool| self.files.iter().filter(|file| missing(file)).count();
        let size = count(|file| file.size.is_none());
        Lacks {
            sha256: count(|file| file.sha256.is_none()),
            size,
            upload_time: count(|file| file.upload_time.is_none()),
            requires_python: size > 0 && self.files.iter().all(|file| file.requires_python.is_none()),
            yanked: size > 0 && self.files.iter().all(|file| file.yanked == Yanked::No),
            versions: self.versions.is_empty() && !self.files.is_empty(),
        }
    }

    /// Takes over the sizes of files that another page of the project lists with the same SHA-256.
    pub fn take_sizes_of(&mut self, other: &Self) {
        let known: HashMap<&str, &File> =
            other.files.iter().map(|file| (file.filename.as_str(), file)).collect();
        for file in self.files.iter_mut().filter(|file| file.size.is_none() && file.sha256.is_some()) {
            let same = known.get(file.filename.as_str()).filter(|known| known.sha256 == file.sha256);
            file.size = same.and_then(|same| same.size);
        }
    }

    /// Fills in what is missing, and nothing else, from the project's JSON API document: hashes, sizes,
    /// upload times, the list of versions, the serial number, the reason of a yank that has none.
    /// `requires-python` and yanks are taken only for files without a size: a page that gives sizes (PEP
    /// 700) is new enough for their absence to mean something.
    ///
    /// A file whose SHA-256 is another one there is taken off the page and reported in [`Page::skipped`]:
    /// one of the two documents is wrong about the bytes, and it is not for us to choose. A file that is on
    /// the page alone stays as it is; a file that is in the document alone is not added.
    pub fn complete(&mut self, document: &Summary<'_>, limits: &Limits) {
        let mut known: HashMap<&str, Known<'_>> = HashMap::new();
        for file in document.files() {
            known
                .entry(file.filename)
                .and_modify(|known| known.clash |= known.file.sha256 != file.sha256)
                .or_insert(Known { file, clash: false });
        }
        let mut kept = Vec::with_capacity(self.files.len());
        for mut file in std::mem::take(&mut self.files) {
            let Some(Known { file: other, clash }) = known.get(file.filename.as_str()) else {
                kept.push(file);
                continue;
            };
            let differs = matches!((file.sha256, other.sha256), (Some(one), Some(two)) if one != two);
            if *clash || differs {
                let reason = if differs {
                    "the project page and the JSON API name different digests"
                } else {
                    "the JSON API lists it more than once, with different digests"
                };
                self.skipped.push(skipped(&file.filename, reason));
                continue;
            }
            fill(&mut file, other, limits);
            kept.push(file);
        }
        self.files = kept;
        if self.versions.is_empty() {
            let fits = |version: &&str| !version.is_empty() && version.len() <= LONGEST_VERSION;
            self.versions =
                document.versions().filter(fits).take(limits.versions).map(str::to_owned).collect();
        }
        self.last_serial = self.last_serial.or(document.last_serial());
    }
}

struct Known<'a> {
    file: ReleaseFile<'a>,
    /// The document itself names two digests.
    clash: bool,
}

fn fill(file: &mut File, other: &ReleaseFile<'_>, limits: &Limits) {
    file.sha256 = file.sha256.or(other.sha256);
    file.upload_time = file.upload_time.or(other.upload_time);
    if file.size.is_none() {
        if file.requires_python.is_none() {
            let fits = |specifier: &&str| !specifier.is_empty() && specifier.len() <= limits.text;
            file.requires_python = other.requires_python.filter(fits).map(str::to_owned);
        }
        if file.yanked == Yanked::No && other.yanked {
            file.yanked = Yanked::because("");
        }
        file.size = other.size;
    }
    if let Yanked::Yes { reason: reason @ None } = &mut file.yanked
        && other.yanked
    {
        *reason = other
            .yanked_reason
            .filter(|reason| !reason.is_empty())
            .map(|reason| cut(reason, limits.text).to_owned());
    }
}

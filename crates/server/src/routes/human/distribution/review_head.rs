//! Which bytes of a release a review page looks at, and what else it could.

use packhouse_app::ReviewView;
use packhouse_distribution::review;
use packhouse_distribution::state::rows::CandidateRow;
use packhouse_distribution::{Release, State};
use packhouse_model::Timestamp;
use packhouse_pypi::Version;

use crate::pages::Link;
use crate::pages::distribution::ReviewHead;

/// Other files and bases that are offered.
const OFFERED: usize = 40;
/// What a review of unknown size costs: it comes after those whose size is known.
const UNKNOWN: u64 = u64::MAX / 2;

/// What the query asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) file: Option<String>,
    pub(super) base: Option<Release>,
}

impl Asked {
    /// A base may be written as a version or as a release. The error says what is not there.
    pub(super) fn read(state: &State, release: &Release, file: &str, base: &str) -> Result<Self, String> {
        let none = |release: &Release| format!("{release} was not taken in");
        let row = state.candidates.get(release).ok_or_else(|| none(release))?;
        if !file.is_empty() && !row.files.contains_key(file) {
            return Err(format!("{release} has no file {}", crate::routes::cut(file)));
        }
        let base = match base {
            "" => None,
            text => {
                let version = text.split_once("==").map_or(text, |(_, version)| version);
                let version = Version::parse(version).map_err(|error| error.to_string())?;
                let base = Release::new(release.project.clone(), version);
                state.candidates.get(&base).ok_or_else(|| none(&base))?;
                Some(base)
            }
        };
        Ok(Self { file: Some(file.to_owned()).filter(|file| !file.is_empty()), base })
    }
}

pub(super) fn head(
    state: &State,
    release: &Release,
    row: &CandidateRow,
    asked: &Asked,
    view: Option<&ReviewView>,
    now: Timestamp,
) -> ReviewHead {
    let filename = view.map(|view| view.filename.clone()).or_else(|| asked.file.clone()).unwrap_or_default();
    let sha256 = row.files.get(&filename).map(packhouse_model::Sha256::hex).unwrap_or_default();
    let file_query = asked.file.clone().unwrap_or_default();
    let base_query = asked.base.as_ref().map(|base| base.version.to_string()).unwrap_or_default();
    let mut head = ReviewHead {
        project: release.project.to_string(),
        version: release.version.to_string(),
        sha256,
        base: view
            .and_then(|view| view.base.as_ref())
            .map(|(release, filename, sha256)| (release.to_string(), filename.clone(), sha256.hex())),
        files: Vec::new(),
        bases: Vec::new(),
        filename,
        file_query,
        base_query,
    };
    head.files = row
        .files
        .keys()
        .take(OFFERED)
        .map(|name| Link {
            label: name.clone(),
            href: head.with(name, &head.base_query).href(),
            current: *name == head.filename,
        })
        .collect();
    head.bases = bases(state, release, row, now)
        .into_iter()
        .map(|base| Link {
            href: head.with(&head.file_query, &base.version.to_string()).href(),
            current: head.base.as_ref().is_some_and(|(shown, ..)| *shown == base.to_string()),
            label: format!("since {}", base.version),
        })
        .collect();
    head
}

/// The reviewed releases that a delta may start from, and the one that the candidate was compared with.
fn bases(state: &State, release: &Release, row: &CandidateRow, now: Timestamp) -> Vec<Release> {
    let cost = |base: Option<&Release>| match (base, &row.candidate.base) {
        (Some(base), Some(own)) if base == own => Some(row.candidate.lines),
        (None, None) => Some(row.candidate.lines),
        _ => Some(UNKNOWN),
    };
    let suggested = review::suggest(state, release, now, &cost);
    let mut bases: Vec<Release> = row.candidate.base.iter().cloned().collect();
    for suggestion in suggested {
        bases.extend(suggestion.base.filter(|base| !bases.contains(base)));
    }
    bases.truncate(OFFERED);
    bases
}

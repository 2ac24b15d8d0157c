//! Which names are known, which of them a new one looks like, and what people said about that.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use packhouse_distribution::State;
use packhouse_guard::LooksLike;
use packhouse_model::{ProjectName, Timestamp};
use packhouse_names::{IndexBuilder, Likeness, NameIndex, Original, Popular, Standing, Vocabulary};
use packhouse_plan::snapshot::{Ecosystem, Kind, Rows};
use packhouse_pypi::normalize;
use packhouse_store::NameConfirmation;
use serde::Serialize;

use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;
use crate::plan::Archive;

/// So many of the most downloaded names are protected; the rest of the list was there before. The registry's typosquats
/// aim at these; more of them flag more honest names than they save (`crates/names/README.md`).
const PROTECTED: usize = 5_000;
/// Where a vetted name that is not among the most downloaded stands: it is protected from slips of one letter.
const RANK_OF_VETTED: u32 = 1_000;

static EMBEDDED: LazyLock<NameIndex> = LazyLock::new(|| index_of(Popular::PYTHON.names()));
/// The names of that index. Mostly somebody asks for one of them, and then nothing has to be looked for in the index, which
/// takes fifty times as long to make.
static WELL_KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| Popular::PYTHON.lines().collect());

/// Popular names, vetted names, and the operator's own.
#[derive(Debug)]
pub(crate) struct NameSet {
    data: std::path::PathBuf,
    /// The operator's list in the place of ours, once somebody asked; `None` inside when there is none.
    imported: OnceLock<Option<NameIndex>>,
    /// Private names of all indexes.
    own: Vec<ProjectName>,
    vetted: Mutex<Option<Vetted>>,
}

#[derive(Debug)]
struct Vetted {
    state: Arc<State>,
    names: BTreeSet<ProjectName>,
    index: Arc<NameIndex>,
}

/// What there is to say of a name.
#[derive(Debug, Clone, Serialize)]
pub struct NamesReport {
    /// Canonical.
    pub project: String,
    /// Everything that it looks like, the strongest relation first.
    pub looks_like: Vec<LooksLike>,
    /// What people said that it is not.
    pub confirmed: Vec<NameWord>,
    /// It was there before, so that nothing is held against it.
    pub established: bool,
}

/// A person's word that a name does not mean another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameWord {
    /// The name.
    pub project: String,
    /// What it looks like and is not.
    pub original: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

impl From<NameConfirmation> for NameWord {
    fn from(word: NameConfirmation) -> Self {
        Self {
            project: word.project.to_string(),
            original: word.original,
            reason: word.reason,
            author: word.author,
            at: word.at,
        }
    }
}

fn index_of(names: impl Iterator<Item = ProjectName>) -> NameIndex {
    let mut builder = IndexBuilder::new(Vocabulary::PYTHON);
    for (rank, name) in names.enumerate() {
        if rank < PROTECTED {
            builder.project(name, Standing::Popular, rank as u32);
        } else {
            builder.established(&name);
        }
    }
    for (module, project) in Popular::PYTHON.modules {
        builder.module(module, ProjectName::from_canonical(project));
    }
    builder.build()
}

impl NameSet {
    /// With the list of downloads that was imported last (`packhouse plan import`), or the one that comes with the program.
    pub(crate) fn new(data: &Path, private: impl Iterator<Item = String>) -> Self {
        // Prefixes are no names; what lies within them is never asked of an upstream.
        let own = private.filter_map(|name| normalize(&name).ok()).collect();
        Self { data: data.to_owned(), imported: OnceLock::new(), own, vetted: Mutex::default() }
    }

    fn imported(&self) -> Option<&NameIndex> {
        let imported = self.imported.get_or_init(|| match imported(&self.data) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the imported list of names cannot be read; the one that comes with the program is used");
                None
            }
        });
        imported.as_ref()
    }

    fn popular(&self) -> &NameIndex {
        self.imported().unwrap_or_else(|| &EMBEDDED)
    }

    fn is_popular(&self, name: &ProjectName) -> bool {
        self.imported().map_or_else(|| WELL_KNOWN.contains(name.as_str()), |index| index.knows(name))
    }

    /// Names that the distribution maintains, and the operator's private ones.
    fn vetted(&self, state: Arc<State>) -> Arc<NameIndex> {
        let mut kept = self.vetted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| Arc::ptr_eq(&kept.state, &state)) {
            return Arc::clone(&kept.index);
        }
        let maintained = state.projects.iter().map(|(project, _)| project.0.clone());
        let names: BTreeSet<ProjectName> = maintained.chain(self.own.iter().cloned()).collect();
        let index = match kept.take() {
            Some(before) if before.names == names => before.index,
            _ => {
                let mut builder = IndexBuilder::new(Vocabulary::PYTHON_NAMES);
                for name in &names {
                    builder.project(name.clone(), Standing::Vetted, RANK_OF_VETTED);
                }
                Arc::new(builder.build())
            }
        };
        *kept = Some(Vetted { state, names, index: Arc::clone(&index) });
        index
    }

    /// Everything that a name looks like, the strongest relation first.
    fn look(&self, name: &ProjectName, state: Arc<State>) -> Vec<Likeness> {
        let vetted = self.vetted(state);
        if self.is_popular(name) || vetted.knows(name) {
            return Vec::new();
        }
        let popular = self.popular();
        let mut found = vetted.look(name);
        for likeness in popular.look(name) {
            if !found.iter().any(|known| known.original == likeness.original) {
                found.push(likeness);
            }
        }
        found.sort_by_key(|likeness| likeness.relation);
        found
    }
}

fn imported(data: &Path) -> Result<Option<NameIndex>, crate::plan::ArchiveError> {
    let snapshot = Archive::of(data).newest_of(&Ecosystem::Pypi, Kind::Downloads, Timestamp::MAX)?;
    let Some(Rows::Downloads(downloads)) = snapshot.map(|snapshot| snapshot.rows) else { return Ok(None) };
    let names = downloads.ranked().iter().map(|(name, _)| ProjectName::from_canonical(name));
    Ok(Some(index_of(names)))
}

fn fact(name: &ProjectName, likeness: &Likeness) -> LooksLike {
    LooksLike {
        original: original(&likeness.original),
        relation: likeness.relation.name(),
        short: likeness.short(),
        sentence: likeness.sentence(name.as_str()),
    }
}

/// The name that a person names in "this is not X".
fn original(original: &Original) -> String {
    match original {
        Original::Project(name) => name.to_string(),
        Original::StandardLibrary(module) | Original::Module { module, .. } => module.clone(),
        Original::Namespace(pattern) => pattern.clone(),
    }
}

/// Since when the index of names has been there: what this server had seen before is held against nobody.
pub(crate) const SINCE: &str = "names.since";

impl Packhouse {
    /// Whether a name is popular or vetted, or was there when the index of names was set up.
    pub(super) async fn is_known_name(&self, project: &ProjectName) -> Result<bool, AppError> {
        let names = &self.known.names;
        Ok(names.is_popular(project)
            || names.vetted(self.distribution()).knows(project)
            || self.was_there(project).await?)
    }

    /// What a name that was not there before looks like, as long as nobody said that it is another thing.
    pub(super) async fn unconfirmed(&self, project: &ProjectName) -> Result<Arc<[LooksLike]>, AppError> {
        let found = self.known.names.look(project, self.distribution());
        if found.is_empty() {
            return Ok(Arc::default());
        }
        let words = self.store.name_confirmations_of(project).await?;
        let open = found.iter().map(|likeness| fact(project, likeness));
        Ok(open.filter(|fact| !words.iter().any(|word| word.original == fact.original)).collect())
    }

    /// Whether a name was there when the index of names was set up: somebody said so, or it was asked for before.
    async fn was_there(&self, project: &ProjectName) -> Result<bool, AppError> {
        if self.store.is_established_name(project).await? {
            return Ok(true);
        }
        let since = self.store.setting(SINCE).await?;
        let since = since.and_then(|since| since.parse().ok()).unwrap_or(Timestamp::MIN);
        for upstream in self.clients.keys() {
            let row = self.store.page(upstream, project).await?;
            if row.and_then(|row| row.first_seen).is_some_and(|seen| seen < since) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What there is to say of a name, without asking the upstream.
    pub async fn look_at_name(&self, project: &ProjectName) -> Result<NamesReport, AppError> {
        let found = self.known.names.look(project, self.distribution());
        let words = self.store.name_confirmations_of(project).await?;
        Ok(NamesReport {
            project: project.to_string(),
            looks_like: found.iter().map(|likeness| fact(project, likeness)).collect(),
            confirmed: words.into_iter().map(NameWord::from).collect(),
            established: self.is_known_name(project).await?,
        })
    }

    /// Remembers that a name does not mean these others, for ever. What it looks like besides is in the answer.
    pub async fn confirm_name(
        &self,
        project: &ProjectName,
        others: &[String],
        reason: &str,
        author: &str,
    ) -> Result<NamesReport, AppError> {
        if reason.trim().is_empty() || author.trim().is_empty() || others.is_empty() {
            let what = "this needs the name that it is not, a reason and an author".to_owned();
            return Err(AppError::BadRequest { what });
        }
        let found = self.known.names.look(project, self.distribution());
        let known: Vec<String> = found.iter().map(|likeness| original(&likeness.original)).collect();
        let mut meant = Vec::new();
        for other in others {
            let canonical = normalize(other).map_or_else(|_| other.clone(), |name| name.to_string());
            if !known.contains(&canonical) {
                let what = if known.is_empty() {
                    format!("{project} looks like no name that is known here")
                } else {
                    format!("{project} does not look like {canonical}; it looks like {}", known.join(", "))
                };
                return Err(AppError::BadRequest { what });
            }
            meant.push(canonical);
        }
        for original in meant {
            let word = NameConfirmation {
                project: project.clone(),
                original,
                reason: reason.trim().to_owned(),
                author: author.trim().to_owned(),
                at: self.now(),
            };
            self.store.confirm_name(&word).await?;
        }
        self.catch_up_facts().await?;
        self.look_at_name(project).await
    }

    /// Takes such a word back. False when nobody said it.
    pub async fn retract_name(&self, project: &ProjectName, original: &str) -> Result<bool, AppError> {
        let gone = self.store.retract_name(project, original).await?;
        self.catch_up_facts().await?;
        Ok(gone)
    }

    /// All such words, by name.
    pub async fn name_words(&self) -> Result<Vec<NameWord>, AppError> {
        Ok(self.store.name_confirmations().await?.into_iter().map(NameWord::from).collect())
    }

    /// Asks the default upstream for all its names, and holds nothing against them from now on. Returns how many names are
    /// known to have been there before.
    pub async fn freeze_names(&self) -> Result<u64, AppError> {
        let upstream = self.default_index()?.upstream.clone();
        let names = self.upstream_names(&upstream).await?;
        self.store.establish_names(&names).await?;
        self.catch_up_facts().await?;
        Ok(self.store.established_names().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_known_is_what_the_index_knows() {
        for name in Popular::PYTHON.names() {
            assert!(EMBEDDED.knows(&name), "{name}");
        }
        let projects = Popular::PYTHON.names().count();
        assert_eq!(WELL_KNOWN.len(), projects);
        for (module, _) in Popular::PYTHON.modules {
            let module = ProjectName::from_canonical(module);
            assert_eq!(EMBEDDED.knows(&module), WELL_KNOWN.contains(module.as_str()), "{module}");
        }
        for (name, known) in
            [("flask", true), ("yaml", false), ("os", false), ("no-such-name-anywhere", false)]
        {
            let name = ProjectName::from_canonical(name);
            assert_eq!((EMBEDDED.knows(&name), WELL_KNOWN.contains(name.as_str())), (known, known), "{name}");
        }
    }
}

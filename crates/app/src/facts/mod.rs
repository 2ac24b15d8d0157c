//! What rules go by and no page says: people's words about names, advisories, and who publishes.
//!
//! The facts of a project are read from the database when its page is put together, and kept in memory. Whoever changes
//! some gives the change a number in the same transaction (`packhouse_store::FactChanges`); each process looks every
//! second whether there is a higher one, and makes anew what rests on the projects that changed.

mod advisories;
mod names;
mod needs;
mod publisher;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use packhouse_guard::{Advisories, LooksLike};
use packhouse_model::ProjectName;

pub(crate) use advisories::{one_line, read_kept, unpacked};
pub(crate) use names::{NameSet, SINCE as NAMES_SINCE};
pub use names::{NameWord, NamesReport};
pub(crate) use needs::FileNeeds;
pub(crate) use publisher::{SETTLED, compare};

use crate::error::AppError;
use crate::packhouse::Packhouse;

/// The facts of so many projects are kept in memory.
const KEPT: u64 = 5_000;
/// And so long: vetted names change without a number.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// What is known of one project beside its page.
#[derive(Debug, Default)]
pub(crate) struct GuardFacts {
    /// What its name looks like, and nobody said that it is another thing.
    pub(crate) looks_like: Arc<[LooksLike]>,
    /// The name is popular or vetted, or was there before.
    pub(crate) known: bool,
    advisories: packhouse_advisory::Database,
    /// See [`Known::generation`].
    generation: u64,
}

impl GuardFacts {
    /// What advisories say of a version; without one, of a file whose name says none.
    pub(crate) fn of_version(&self, project: &ProjectName, version: Option<&str>) -> Arc<Advisories> {
        if self.advisories.is_empty() { Arc::default() } else { Arc::new(self.evaluate(project, version)) }
    }
}

/// The facts that are in memory.
#[derive(Debug)]
pub(crate) struct Known {
    facts: Cache<ProjectName, Arc<GuardFacts>>,
    pub(crate) names: NameSet,
    /// Goes up with each change that was seen: what was made of facts with an older number is made again.
    generation: AtomicU64,
    /// The number of the last change that was seen.
    seen: AtomicU64,
    /// What changed at the last look, forgotten once more at the next: what was being made then may have been put into
    /// memory since.
    again: Mutex<Forgotten>,
}

#[derive(Debug, Default)]
struct Forgotten {
    projects: BTreeSet<ProjectName>,
    everything: bool,
}

impl Forgotten {
    fn is_nothing(&self) -> bool {
        self.projects.is_empty() && !self.everything
    }
}

impl Known {
    pub(crate) fn new(names: NameSet) -> Self {
        Self {
            facts: Cache::builder().max_capacity(KEPT).time_to_live(KEPT_FOR).build(),
            names,
            generation: AtomicU64::new(0),
            seen: AtomicU64::new(0),
            again: Mutex::default(),
        }
    }

    /// Whether facts changed since these were read.
    pub(crate) fn is_older(&self, facts: &GuardFacts) -> bool {
        facts.generation != self.generation.load(Ordering::SeqCst)
    }
}

impl Packhouse {
    /// What is known of a project beside its page.
    pub(crate) async fn guard_facts(&self, project: &ProjectName) -> Result<Arc<GuardFacts>, AppError> {
        if let Some(facts) = self.known.facts.get(project) {
            return Ok(facts);
        }
        // Before anything is read: what changes from here on makes it older.
        let generation = self.known.generation.load(Ordering::SeqCst);
        let known = self.is_known_name(project).await?;
        let facts = Arc::new(GuardFacts {
            looks_like: if known { Arc::default() } else { self.unconfirmed(project).await? },
            known,
            advisories: self.advisories_in_store(project).await?,
            generation,
        });
        self.known.facts.insert(project.clone(), Arc::clone(&facts));
        if self.known.is_older(&facts) {
            self.known.facts.invalidate(project);
        }
        Ok(facts)
    }

    /// Looks whether facts were changed, here or by another process, and forgets what was made of them.
    pub(crate) async fn catch_up_facts(&self) -> Result<(), AppError> {
        let before = self.known.seen.load(Ordering::SeqCst);
        let changes = self.store.fact_changes(before).await?;
        let again = std::mem::take(&mut *self.known.again.lock().unwrap_or_else(PoisonError::into_inner));
        if changes.last <= before && again.is_nothing() {
            return Ok(());
        }
        let now =
            Forgotten { projects: changes.projects.into_iter().collect(), everything: changes.everything };
        let all = Forgotten {
            projects: now.projects.union(&again.projects).cloned().collect(),
            everything: now.everything || again.everything,
        };
        *self.known.again.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.known.generation.fetch_add(1, Ordering::SeqCst);
        if all.everything {
            self.known.facts.invalidate_all();
        }
        for project in &all.projects {
            self.known.facts.invalidate(project);
        }
        self.show_facts(&all.projects, all.everything);
        self.known.seen.fetch_max(changes.last, Ordering::SeqCst);
        Ok(())
    }
}

//! The difference between two releases, as a reviewer reads it.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use packhouse_distribution::Release;
use packhouse_inspect::{
    Assessment, Baseline, Difference, FileChange, Report, RiskFacts, TextComparison, TextLimits, assess,
    compare, compare_text, review_order,
};
use packhouse_model::Sha256;

use crate::error::AppError;
use crate::packhouse::Packhouse;

type Unpacked = Arc<packhouse_inspect::Release>;

/// The file that is looked at, and the one it is compared with: names, as the same bytes may be there under two, and
/// hashes. These never mean other bytes, and the rules are those of this process, so what is kept never goes stale.
pub(crate) type ViewKey = ((String, Sha256), Option<(String, Sha256)>);

/// Kilobytes of differences that are kept: some hundred of ordinary updates, or one or two of the largest.
const KEPT: u64 = 512 * 1024;
/// Bytes that a changed file takes apart from its contents: paths, hashes, reasons.
const PER_FILE: u64 = 1024;

/// Reviewers open file after file of the same two releases, and several read the same release.
pub(crate) fn cache() -> Cache<ViewKey, Arc<ReviewView>> {
    let weight = |_: &ViewKey, view: &Arc<ReviewView>| {
        // What is larger than the whole is kept alone: its reviewer, too, opens more than one page.
        (view.weight() / 1024).clamp(1, KEPT) as u32
    };
    Cache::builder().weigher(weight).max_capacity(KEPT).time_to_idle(Duration::from_secs(3600)).build()
}

/// What a reviewer sees of one file of a release, against a file of another one or against nothing.
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// The release.
    pub release: Release,
    /// Its file.
    pub filename: String,
    /// The file's hash.
    pub sha256: Sha256,
    /// What it is compared with.
    pub base: Option<(Release, String, Sha256)>,
    /// What differs.
    pub difference: Arc<Difference>,
    /// What that could do.
    pub assessment: Arc<Assessment>,
    /// Places in `difference.files`, in the order in which to read them.
    pub order: Arc<Vec<usize>>,
    /// What an inspection saw, the heaviest first.
    pub inspection: Arc<Report>,
    old: Unpacked,
    new: Unpacked,
}

impl ReviewView {
    /// The lines of one changed file, compared. None: there is no such file.
    pub fn file(&self, path: &str, limits: &TextLimits) -> Option<(&FileChange, TextComparison)> {
        let change = self.difference.files.iter().find(|change| change.path == path)?;
        let old = change.old.as_ref().and_then(|side| self.old.content(&side.path));
        let new = change.new.as_ref().and_then(|side| self.new.content(&side.path));
        Some((change, compare_text(old, new, limits)))
    }

    /// A whole file of the new release, by its path in the archive. None for what is no text, or not there.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        self.new.content(path)
    }

    /// A whole file of the release it is compared with, by its path in that archive.
    pub fn content_before(&self, path: &str) -> Option<&[u8]> {
        self.old.content(path)
    }

    /// Bytes that it takes in memory, about.
    fn weight(&self) -> u64 {
        let files = self.old.tree.files.len() + self.new.tree.files.len() + self.difference.files.len();
        self.old.kept() + self.new.kept() + files as u64 * PER_FILE
    }

    /// The paths of the new release, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.new.tree.files.keys().map(String::as_str)
    }
}

impl Packhouse {
    /// One file of a release against its counterpart in `base`, or in the release that the candidate was compared with.
    ///
    /// It is made once however many ask for it at the same time, and kept in memory for a while.
    pub async fn review_view(
        &self,
        release: &Release,
        filename: Option<&str>,
        base: Option<&Release>,
    ) -> Result<Arc<ReviewView>, AppError> {
        let state = self.distribution();
        let missing = |release: &Release| AppError::not_found(format!("{release} was not taken in"));
        let row = state.candidates.get(release).ok_or_else(|| missing(release))?;
        let (filename, sha256) = match filename {
            Some(name) => row
                .files
                .get_key_value(name)
                .ok_or_else(|| AppError::not_found(format!("{release} has no file {name}")))?,
            // The wheel for everybody says most; else the source; else whatever there is.
            None => row
                .files
                .iter()
                .find(|(name, _)| name.ends_with("-none-any.whl"))
                .or_else(|| row.files.iter().find(|(name, _)| !name.ends_with(".whl")))
                .or_else(|| row.files.first_key_value())
                .ok_or_else(|| missing(release))?,
        };
        let base = base.or(row.candidate.base.as_ref());
        let counterpart = match base {
            None => None,
            Some(base) => {
                let base_row = state.candidates.get(base).ok_or_else(|| missing(base))?;
                super::bytes::counterpart(filename, base_row)
                    .map(|(name, sha256)| (base.clone(), name, sha256))
            }
        };
        let base = counterpart.as_ref().map(|(_, name, sha256)| (name.clone(), *sha256));
        let key: ViewKey = ((filename.clone(), *sha256), base);
        if let Some(view) = self.views.get(&key) {
            return Ok(view);
        }
        let (this, filename, sha256) = (self.clone(), filename.clone(), *sha256);
        let release = release.clone();
        let found = self.comparing.run(key.clone(), || async move {
            // Another flight may have ended between the caller's look and this one.
            if let Some(view) = this.views.get(&key) {
                return Ok(view);
            }
            let view = Arc::new(this.make_view(release, filename, sha256, counterpart).await?);
            this.views.insert(key, Arc::clone(&view));
            Ok(view)
        });
        found.await.unwrap_or_else(|| Err(AppError::lost("two releases were being compared")))
    }

    async fn make_view(
        &self,
        release: Release,
        filename: String,
        sha256: Sha256,
        base: Option<(Release, String, Sha256)>,
    ) -> Result<ReviewView, AppError> {
        let before = async {
            match &base {
                Some((_, name, sha256)) => self.unpacked(name, *sha256).await,
                None => Ok(Ok(Arc::default())),
            }
        };
        let against = base.as_ref().map(|(_, name, sha256)| (Baseline::LastReviewed, name.clone(), *sha256));
        let looked = self.look_for_review(&filename, sha256, against.as_slice());
        let (new, old, looked) = tokio::try_join!(self.unpacked(&filename, sha256), before, looked)?;
        let unreadable =
            |problem| AppError::NotFound { what: format!("{filename} cannot be looked into: {problem}") };
        let (new, old) = (new.map_err(unreadable)?, old.map_err(unreadable)?);
        let (before, after) = (Arc::clone(&old), Arc::clone(&new));
        let compared = tokio::task::spawn_blocking(move || {
            let difference = compare(&before, &after);
            let assessment = assess(&before, &after, &difference, &RiskFacts::default());
            let order = review_order(&difference, &assessment);
            (difference, assessment, order)
        });
        let (difference, assessment, order) =
            compared.await.map_err(|_| AppError::lost("two releases were being compared"))?;
        Ok(ReviewView {
            release,
            filename,
            sha256,
            base,
            difference: Arc::new(difference),
            assessment: Arc::new(assessment),
            order: Arc::new(order),
            inspection: Arc::new(looked.report),
            old,
            new,
        })
    }
}

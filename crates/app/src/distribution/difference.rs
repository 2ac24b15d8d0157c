//! The difference between two releases, as a reviewer reads it.

use std::sync::Arc;

use packhouse_distribution::Release;
use packhouse_inspect::{
    Assessment, Difference, FileChange, RiskFacts, TextComparison, TextLimits, assess, compare, compare_text,
    review_order,
};
use packhouse_model::Sha256;

use crate::error::AppError;
use crate::packhouse::Packhouse;

type Unpacked = Arc<packhouse_inspect::Release>;

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

    /// The paths of the new release, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.new.tree.files.keys().map(String::as_str)
    }
}

impl Packhouse {
    /// One file of a release against its counterpart in `base`, or in the release that the candidate was compared with.
    ///
    /// The last few are kept in memory: a reviewer opens file after file of the same two.
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
        let key = (*sha256, counterpart.as_ref().map(|(_, _, sha256)| *sha256));
        if let Some(view) = self.views.get(&key) {
            return Ok(view);
        }
        let unreadable =
            |problem| AppError::NotFound { what: format!("{filename} cannot be looked into: {problem}") };
        let new = self.unpacked(filename, *sha256).await?.map_err(unreadable)?;
        let old = match &counterpart {
            Some((_, name, sha256)) => self.unpacked(name, *sha256).await?.map_err(unreadable)?,
            None => Arc::default(),
        };
        let (before, after) = (Arc::clone(&old), Arc::clone(&new));
        let compared = tokio::task::spawn_blocking(move || {
            let difference = compare(&before, &after);
            let assessment = assess(&before, &after, &difference, &RiskFacts::default());
            let order = review_order(&difference, &assessment);
            (difference, assessment, order)
        });
        let (difference, assessment, order) =
            compared.await.map_err(|_| AppError::lost("two releases were being compared"))?;
        let view = Arc::new(ReviewView {
            release: release.clone(),
            filename: filename.clone(),
            sha256: *sha256,
            base: counterpart,
            difference: Arc::new(difference),
            assessment: Arc::new(assessment),
            order: Arc::new(order),
            old,
            new,
        });
        self.views.insert(key, Arc::clone(&view));
        Ok(view)
    }
}

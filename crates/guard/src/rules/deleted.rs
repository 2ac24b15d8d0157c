use super::{Hit, Rule, Verdict};
use crate::facts::Case;

/// Refuses what the upstream has deleted. Only in policies that say `deleted = "refuse"`.
#[derive(Debug)]
pub struct Deleted;

impl Rule for Deleted {
    fn name(&self) -> &'static str {
        "deleted-upstream"
    }

    fn describe(&self) -> String {
        "Files that the upstream has deleted are refused, also where a copy is kept.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        match case.file.and_then(|file| file.deleted.map(|deleted| (file, deleted))) {
            Some((file, deleted)) => Verdict::File(Hit {
                short: format!("was deleted upstream by {}", deleted.date()),
                sentence: format!("{} was no longer listed upstream on {}.", file.filename, deleted.date()),
                until: None,
            }),
            None => Verdict::Pass,
        }
    }
}

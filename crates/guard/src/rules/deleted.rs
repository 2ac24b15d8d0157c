use std::time::Duration;

use packhouse_model::humanize;

use super::{Hit, Rule, Verdict};
use crate::facts::Case;

/// Upstreams delete malware, most of it within a week and nearly all of it within a month; what its vendor deletes later was in use.
const YOUNG: Duration = Duration::from_secs(30 * 24 * 3600);

/// Refuses what the upstream has deleted: all of it, or what was young then. A kept copy of what was deleted as malware must not
/// be handed out because nobody has said yet what it was.
#[derive(Debug)]
pub struct Deleted {
    /// Files that were younger than this when they were missed; none: all.
    young: Option<Duration>,
}

impl Deleted {
    /// Refuses everything that was deleted.
    pub fn all() -> Self {
        Self { young: None }
    }

    /// Refuses what was deleted within a month of its upload.
    pub fn young() -> Self {
        Self { young: Some(YOUNG) }
    }
}

impl Rule for Deleted {
    fn name(&self) -> &'static str {
        "deleted-upstream"
    }

    fn describe(&self) -> String {
        match self.young {
            None => "Files that the upstream has deleted are refused, also where a copy is kept.".to_owned(),
            Some(young) => format!(
                "Files that the upstream deleted within {} of their upload are refused until somebody knows why; of older ones a \
                 copy is kept and handed out.",
                humanize(young)
            ),
        }
    }

    fn lift(&self) -> String {
        "An operator who knows why it was deleted may except exact bytes or an exact version, with a reason and an end date."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some((file, deleted)) = case.file.and_then(|file| file.deleted.map(|deleted| (file, deleted)))
        else {
            return Verdict::Pass;
        };
        let (since, _) = file.age_from();
        let mut sentence = format!("{} was no longer listed upstream on {}", file.filename, deleted.date());
        if let Some(young) = self.young {
            let age = deleted.since(since);
            if age >= young {
                return Verdict::Pass;
            }
            sentence.push_str(&format!(
                ", {} after it came: upstreams delete malware, and nothing says that this was none",
                humanize(age)
            ));
        }
        Verdict::File(Hit {
            short: format!("was deleted upstream by {}", deleted.date()),
            sentence: sentence + ".",
            until: None,
        })
    }
}

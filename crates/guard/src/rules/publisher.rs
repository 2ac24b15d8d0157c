use std::time::Duration;

use packhouse_model::{Timestamp, humanize};

use super::{Hit, Rule, Verdict, subject};
use crate::decision::Note;
use crate::facts::{Case, Publisher, PublisherChange};

/// A release that somebody else publishes than before waits longer: taking a project over is how trusted names are
/// turned against those who trust them, and its people need time to notice.
#[derive(Debug)]
pub struct PublisherChanges {
    /// How long, from the file's upload on.
    pub hold: Duration,
}

impl PublisherChanges {
    /// Until when the file waits, if it does.
    fn until(&self, case: &Case<'_>) -> Option<Timestamp> {
        let until = case.file?.age_from().0.plus(self.hold);
        (case.now < until).then_some(until)
    }
}

impl Rule for PublisherChanges {
    fn name(&self) -> &'static str {
        "publisher"
    }

    fn describe(&self) -> String {
        format!(
            "A release is held until {} after its upload when its publisher, owners or repository are others than those of \
             the release before it, when its attestation is gone, or when it is the first in more than a year.",
            humanize(self.hold)
        )
    }

    fn lift(&self) -> String {
        "It ends by itself. An operator who knows about the change may except exact bytes or an exact version.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let (Some(release), Some(until)) = (case.release, self.until(case)) else { return Verdict::Pass };
        let end = until.minute();
        let (short, sentence) = match &release.publisher {
            Publisher::Unknown => (
                format!("was not compared with the release before it yet; waits until {end} at most"),
                format!(
                    "{} was not compared with the release before it yet, so that it is not known whether somebody else \
                     publishes it (missing fact: publisher). It is looked at again when the project is asked for, and held \
                     until {end} at most.",
                    subject(case)
                ),
            ),
            Publisher::Known(changes) => match changes.iter().find(|change| change.holds) {
                None => return Verdict::Pass,
                Some(PublisherChange { short, sentence, .. }) => {
                    (format!("{short}; waits until {end}"), format!("{sentence} It is held until {end}."))
                }
            },
        };
        Verdict::File(Hit { short, sentence, until: Some(until) })
    }

    fn notes(&self, case: &Case<'_>) -> Vec<Note> {
        let Some(Publisher::Known(changes)) = case.release.map(|release| &release.publisher) else {
            return Vec::new();
        };
        // Those that hold are said by the hold, while there is one.
        let holding = self.until(case).is_some() && changes.iter().any(|change| change.holds);
        let note = |change: &PublisherChange| Note {
            rule: "publisher",
            warns: false,
            short: change.short.clone(),
            sentence: change.sentence.clone(),
        };
        changes.iter().filter(|change| !(holding && change.holds)).map(note).collect()
    }
}

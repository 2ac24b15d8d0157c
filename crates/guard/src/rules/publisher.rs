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
             the release before it, when its attestation is gone, or when it is the first in more than a year. So is a file \
             that comes to a version more than two weeks after its first.",
            humanize(self.hold)
        )
    }

    fn lift(&self) -> String {
        "It ends by itself. An operator who knows about the change may except exact bytes or an exact version.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let (Some(release), Some(until)) = (case.release, self.until(case)) else { return Verdict::Pass };
        let end = until.minute();
        let hit = |short, sentence| Hit { short, sentence, until: Some(until) };
        if let Some((file, since)) = case.file.and_then(|file| Some((file, file.late?))) {
            return Verdict::File(hit(
                format!("came late to a version of {}; waits until {end}", since.date()),
                format!(
                    "{} ({}) came on {} to a version that has been there since {}: people have looked at that without this \
                     file. It is held until {end}.",
                    subject(case),
                    file.filename,
                    file.age_from().0.date(),
                    since.date()
                ),
            ));
        }
        match &release.publisher {
            Publisher::Unknown => Verdict::Pending(hit(
                format!("was not compared with the release before it yet; waits until {end} at most"),
                format!(
                    "{} was not compared with the release before it yet, so that it is not known whether somebody else \
                     publishes it (missing fact: publisher). It is looked at again when the project is asked for, and held \
                     until {end} at most.",
                    subject(case)
                ),
            )),
            Publisher::Known(changes) => match changes.iter().find(|change| change.holds) {
                None => Verdict::Pass,
                Some(PublisherChange { short, sentence, .. }) => Verdict::File(hit(
                    format!("{short}; waits until {end}"),
                    format!("{sentence} It is held until {end}."),
                )),
            },
        }
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

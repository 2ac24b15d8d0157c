use std::time::Duration;

use packhouse_model::humanize;

use super::{Hit, Rule, Verdict, subject};
use crate::exception::Exception;
use crate::facts::Case;
use crate::pattern::Matcher;

/// A file must have been public for a while: most malicious releases are found within days.
///
/// The age is the file's own, not its version's, so that a file added late to an old release waits too. An
/// unknown age counts from first sight, and so does one that contradicts what we saw. A version that an advisory names
/// as its fix does not wait.
#[derive(Debug)]
pub struct Cooldown {
    /// For every project that `projects` does not name.
    pub default: Duration,
    /// The first that matches wins.
    pub projects: Vec<(Matcher, Duration)>,
}

impl Rule for Cooldown {
    fn name(&self) -> &'static str {
        "cooldown"
    }

    fn describe(&self) -> String {
        let say = |wait: Duration| match wait.as_secs() {
            0 => "there is no cooldown".to_owned(),
            _ => format!("a file is held until {} after its upload", humanize(wait)),
        };
        let mut text = format!(
            "By default {}; of unknown age, after it was first seen. A version that fixes a known vulnerability does not wait.",
            say(self.default)
        );
        for (what, wait) in &self.projects {
            text.push_str(&format!(" For {what} {}.", say(*wait)));
        }
        text
    }

    fn lift(&self) -> String {
        "It ends by itself. An operator may except exact bytes or an exact version, or set `policy.projects.<name>.cooldown`."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(file) = case.file else { return Verdict::Pass };
        let wait =
            self.projects.iter().find(|(what, _)| what.matches(case)).map_or(self.default, |(_, wait)| *wait);
        let (from, known) = file.age_from();
        let until = from.plus(wait);
        if wait.is_zero() || case.now >= until {
            return Verdict::Pass;
        }
        let wait = humanize(wait);
        let (day, end) = (from.date(), until.minute());
        // Times, never ages: the words must not change from minute to minute, or pages would lose their ETag.
        let (short, sentence) = if known {
            (
                format!("was uploaded {day}, cooldown {wait} ends {end}"),
                format!(
                    "{} ({}) was uploaded on {} and is held until {end}: this index waits {wait}.",
                    subject(case),
                    file.filename,
                    from.minute()
                ),
            )
        } else if file.upload_time.is_some() {
            (
                format!("appeared {day} with an older date, cooldown {wait} ends {end}"),
                format!(
                    "{} ({}) claims an upload before {}, when we looked and it was not there; it is held until {end}: this index waits {wait}.",
                    subject(case),
                    file.filename,
                    from.minute()
                ),
            )
        } else {
            (
                format!("has no upload time, first seen {day}, cooldown {wait} ends {end}"),
                format!(
                    "{} ({}) has no upload time upstream, so its age counts from when it was first seen, {}; it is held until {end}: this index waits {wait}.",
                    subject(case),
                    file.filename,
                    from.minute()
                ),
            )
        };
        let hit = Hit { short, sentence, until: Some(until) };
        match (&file.advisories.fixes[..], case.release) {
            ([], _) | (_, None) => Verdict::File(hit),
            // Who waits stays open to what is known; and somebody looked at the fix, or it would not be named.
            (fixes, Some(release)) => Verdict::Lifted(
                hit,
                Exception {
                    what: Matcher::Version {
                        project: case.project.name.as_str().to_owned(),
                        key: release.key.clone(),
                        version: release.version.clone(),
                    },
                    rules: vec![self.name().to_owned()],
                    reason: format!("it fixes {}", fixes.join(", ")),
                    author: "the advisories".to_owned(),
                    until,
                },
            ),
        }
    }
}

use std::time::Duration;

use packhouse_model::{Timestamp, humanize};

use super::{Hit, Rule, Verdict, subject};
use crate::exception::Exception;
use crate::facts::{Case, FileFacts};
use crate::pattern::Matcher;

/// A file must have been public for a while: most malicious releases are found within days.
///
/// The age is the file's own, not its version's, so that a file added late to an old release waits too. An
/// unknown age counts from first sight, and so does one that contradicts what we saw. A version that an advisory names
/// as its fix does not wait.
///
/// Nobody has lived with a project that is new itself, and what is found in those is found later: its files also wait for
/// the project's age. Where there is no cooldown, nothing waits for that either.
#[derive(Debug)]
pub struct Cooldown {
    /// For every project that `projects` does not name.
    pub default: Duration,
    /// The first that matches wins.
    pub projects: Vec<(Matcher, Duration)>,
    /// How old the first file of a project must be, for every project that `new_projects` does not name; zero for any age.
    pub new: Duration,
    /// The first that matches wins.
    pub new_projects: Vec<(Matcher, Duration)>,
}

impl Cooldown {
    /// The hit on a file of a project whose first file is young, when that lasts longer than the wait for the file itself.
    fn new_project(&self, case: &Case<'_>, filename: &str, own: Timestamp) -> Option<Hit> {
        let wait = of(&self.new_projects, self.new, case);
        // A file without a project's age is as old as the project.
        let oldest = case.project.oldest.or_else(|| case.file.map(|file| file.age_from().0))?;
        let until = oldest.plus(wait);
        if wait.is_zero() || case.project.known || case.now >= until || own >= until {
            return None;
        }
        let (wait, end) = (humanize(wait), until.minute());
        let (day, minute) = (oldest.date(), oldest.minute());
        let file = case.file.filter(|file| file.age_from() == (oldest, false));
        let (short, since) = match file.map(|file| file.upload_time.is_some()) {
            None => (
                format!("is of a new project of {day}"),
                format!("is of a new project, whose first file is of {minute}"),
            ),
            Some(true) => (
                format!("appeared {day} with an older date, in a new project"),
                format!(
                    "claims an upload before {minute}, when we looked and it was not there, and no file of its project is older"
                ),
            ),
            Some(false) => (
                format!("has no upload time, first seen {day}, new project"),
                format!(
                    "has no upload time upstream, so the age of its project counts from when it was first seen, {minute}"
                ),
            ),
        };
        Some(Hit {
            short: format!("{short}, cooldown {wait} ends {end}"),
            sentence: format!(
                "{} ({filename}) {since}. It is held until {end}: this index waits {wait} for new projects.",
                subject(case)
            ),
            until: Some(until),
        })
    }

    /// The hit on a file that is young itself.
    fn young(case: &Case<'_>, file: &FileFacts, wait: Duration, until: Timestamp) -> Hit {
        let (from, known) = file.age_from();
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
        Hit { short, sentence, until: Some(until) }
    }
}

/// The first that matches, or else the default.
fn of(projects: &[(Matcher, Duration)], default: Duration, case: &Case<'_>) -> Duration {
    projects.iter().find(|(what, _)| what.matches(case)).map_or(default, |(_, wait)| *wait)
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
        let waits = |wait: &Duration| !wait.is_zero();
        if !std::iter::once(&self.default).chain(self.projects.iter().map(|(_, wait)| wait)).any(waits) {
            return text;
        }
        if waits(&self.new) {
            text.push_str(&format!(
                " Where there is a cooldown, files of a project are also held until {} after its first file, unless the name was \
                 known before.",
                humanize(self.new)
            ));
        }
        for (what, wait) in &self.new_projects {
            text.push_str(&match wait.as_secs() {
                0 => format!(" For {what} no new project waits."),
                _ => format!(" For {what} a new project waits {}.", humanize(*wait)),
            });
        }
        text
    }

    fn lift(&self) -> String {
        "It ends by itself. An operator may except exact bytes or an exact version, or set `policy.projects.<name>.cooldown`, for \
         a new project `policy.projects.<name>.cooldown-new-projects`."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(file) = case.file else { return Verdict::Pass };
        let wait = of(&self.projects, self.default, case);
        if wait.is_zero() {
            return Verdict::Pass;
        }
        let until = file.age_from().0.plus(wait);
        let young = || (case.now < until).then(|| Self::young(case, file, wait, until));
        let Some(hit) = self.new_project(case, &file.filename, until).or_else(young) else {
            return Verdict::Pass;
        };
        let until = hit.until.unwrap_or(until);
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

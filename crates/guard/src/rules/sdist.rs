use std::time::Duration;

use packhouse_model::{FileKind, humanize};

use super::{Hit, Rule, Verdict, subject};
use crate::config::SdistPolicy;
use crate::facts::Case;
use crate::pattern::Matcher;

/// Installing an sdist runs the vendor's code; a wheel is only unpacked.
///
/// Of a project that nobody knows yet, that is too much to ask: those who publish in earnest upload a wheel, and what is
/// made to harm runs while it is installed. Its sdists wait where there is no wheel beside them.
#[derive(Debug)]
pub struct WheelsOnly {
    /// For every project that `projects` does not name.
    pub default: SdistPolicy,
    /// The first that matches wins.
    pub projects: Vec<(Matcher, SdistPolicy)>,
    /// How long a project counts as new; zero for no difference between new ones and others.
    pub new: Duration,
}

impl WheelsOnly {
    fn policy(&self, case: &Case<'_>) -> SdistPolicy {
        let own = self.projects.iter().find(|(what, _)| what.matches(case));
        own.map_or(self.default, |(_, policy)| *policy)
    }

    /// The hit on an sdist without a wheel of a project that is new.
    fn new_project(&self, case: &Case<'_>, filename: &str) -> Verdict {
        let project = case.project;
        let until = project.oldest.map(|oldest| oldest.plus(self.new));
        if self.new.is_zero() || project.known || until.is_some_and(|until| case.now >= until) {
            return Verdict::Pass;
        }
        let since = match project.oldest {
            Some(oldest) => format!("its first file is of {}", oldest.date()),
            None => "it has no file that would say how old it is".to_owned(),
        };
        let held =
            until.map_or("It is held.".to_owned(), |until| format!("It is held until {}.", until.date()));
        Verdict::File(Hit {
            short: "is an sdist without a wheel, of a new project".to_owned(),
            sentence: format!(
                "{filename} is a source distribution, whose code runs when it is installed; {} has no wheel, and {} is a new \
                 project: {since}. {held}",
                subject(case),
                project.name
            ),
            until,
        })
    }
}

impl Rule for WheelsOnly {
    fn name(&self) -> &'static str {
        "wheels-only"
    }

    fn describe(&self) -> String {
        let mut text = sentence(self.default).to_owned();
        for (what, policy) in &self.projects {
            text.push_str(&format!(" For {what}: {}", sentence(*policy)));
        }
        if !self.new.is_zero() {
            text.push_str(&format!(
                " Where they are not always handed out, one without a wheel is held while the first file of its project is less \
                 than {} old, unless the name was known before.",
                humanize(self.new)
            ));
        }
        text
    }

    fn lift(&self) -> String {
        "An operator may set `policy.sdist` or `policy.projects.<name>.sdist`, or except exact bytes or an exact version. A \
         version that has a wheel needs none of this."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(file) = case.file.filter(|file| file.kind == FileKind::Sdist) else { return Verdict::Pass };
        let policy = self.policy(case);
        let has = |pick: fn(&crate::ReleaseFacts) -> bool| case.release.is_some_and(pick);
        let refused = match policy {
            SdistPolicy::Always => false,
            SdistPolicy::UnlessUniversalWheel => has(|release| release.has_universal_wheel),
            SdistPolicy::UnlessWheel => has(|release| release.has_wheel),
            SdistPolicy::Never => true,
        };
        if !refused {
            // Whoever says `always` has said so of new projects, too; and a wheel that was put beside it is what people take.
            let alone = policy != SdistPolicy::Always && !has(|release| release.has_wheel);
            return if alone { self.new_project(case, &file.filename) } else { Verdict::Pass };
        }
        let (short, rest) = if policy == SdistPolicy::Never {
            ("is an sdist, and sdists are never served here", "sdists are never handed out by this index")
        } else {
            (
                "is an sdist, and this version has wheels",
                "this version has wheels, which install without running its code",
            )
        };
        Verdict::File(Hit {
            short: short.to_owned(),
            sentence: format!("{} is a source distribution, and {rest}.", file.filename),
            until: None,
        })
    }
}

fn sentence(policy: SdistPolicy) -> &'static str {
    match policy {
        SdistPolicy::Always => "Source distributions are handed out.",
        SdistPolicy::UnlessUniversalWheel => {
            "A source distribution is refused where its version has a wheel for every platform."
        }
        SdistPolicy::UnlessWheel => "A source distribution is refused where its version has a wheel.",
        SdistPolicy::Never => "Source distributions are refused.",
    }
}

use packhouse_model::FileKind;

use super::{Hit, Rule, Verdict};
use crate::config::SdistPolicy;
use crate::facts::Case;
use crate::pattern::Matcher;

/// Installing an sdist runs the vendor's code; a wheel is only unpacked.
#[derive(Debug)]
pub struct WheelsOnly {
    /// For every project that `projects` does not name.
    pub default: SdistPolicy,
    /// The first that matches wins.
    pub projects: Vec<(Matcher, SdistPolicy)>,
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
        text
    }

    fn lift(&self) -> String {
        "An operator may set `policy.sdist` or `policy.projects.<name>.sdist`, or except exact bytes or an exact version."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Verdict {
        let Some(file) = case.file.filter(|file| file.kind == FileKind::Sdist) else { return Verdict::Pass };
        let policy = self
            .projects
            .iter()
            .find(|(what, _)| what.matches(case))
            .map_or(self.default, |(_, policy)| *policy);
        let has = |pick: fn(&crate::ReleaseFacts) -> bool| case.release.is_some_and(pick);
        let refused = match policy {
            SdistPolicy::Always => false,
            SdistPolicy::UnlessUniversalWheel => has(|release| release.has_universal_wheel),
            SdistPolicy::UnlessWheel => has(|release| release.has_wheel),
            SdistPolicy::Never => true,
        };
        if !refused {
            return Verdict::Pass;
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

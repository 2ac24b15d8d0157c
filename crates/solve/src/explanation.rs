//! Why something cannot be installed, as data and as text.

use std::fmt;

use packhouse_model::ProjectName;
use packhouse_pypi::{Extra, Requirement, Version, VersionSpecifiers};

use crate::contents::Root;
use crate::release::Misfit;

/// How many versions of a project a line shows.
const MOST_SHOWN: usize = 8;

/// Why a root or a profile cannot be installed. Its text is [`Explanation::lines`], one under the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What cannot be installed.
    pub subject: Subject,
    /// The name of the environment.
    pub environment: String,
    /// Why.
    pub reason: Reason,
}

/// What an explanation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A root, and the version of its head.
    Root(Root, Version),
    /// A profile: the newest of all its projects together.
    Profile,
}

/// Why there is no solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The release itself is not made for the environment.
    Misfit {
        /// The project.
        project: ProjectName,
        /// The release.
        version: Version,
        /// What is wrong with it.
        misfit: Misfit,
        /// Its `Requires-Python`.
        requires_python: Option<VersionSpecifiers>,
    },
    /// A profile names something that the suite does not have, in any environment.
    Missing {
        /// What the profile asks for.
        requirement: Requirement,
        /// What the suite has of it, newest first.
        offered: Vec<Offered>,
    },
    /// These cannot all be. Without any one of them there is a solution. In the order in which one comes to
    /// them from the subject.
    Conflict(Vec<Line>),
    /// The search took more steps than are allowed.
    Undecided,
}

/// One fact of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The profile takes the newest release of a project.
    Takes {
        /// What the profile asks for.
        requirement: Requirement,
        /// The newest release.
        version: Version,
    },
    /// Some releases need something.
    Needs {
        /// The project of the releases.
        project: ProjectName,
        /// With which extra they need it.
        extra: Option<Extra>,
        /// The releases, newest first.
        versions: Vec<Version>,
        /// What they need.
        requirement: Requirement,
        /// What the suite has of the needed project, newest first.
        offered: Vec<Offered>,
    },
}

/// A release that the suite has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its version.
    pub version: Version,
    /// Why it is not taken, if its version alone would do.
    pub note: Option<OfferedNote>,
}

/// Why a release is not taken though its version would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferedNote {
    /// It is yanked, and not pinned.
    Yanked,
    /// It is a pre-release, and there is something else.
    Prerelease,
    /// It is not made for the environment.
    Misfit(Misfit),
}

impl Explanation {
    /// The text, for a person.
    pub fn lines(&self) -> Vec<String> {
        match &self.reason {
            Reason::Misfit { project, version, misfit, requires_python } => {
                let why = match (misfit, requires_python) {
                    (Misfit::Python, Some(python)) => format!("requires Python {python}"),
                    (Misfit::Python, None) => "requires another Python".to_owned(),
                    (Misfit::Files, _) => "has no file that fits".to_owned(),
                    (Misfit::Unreadable, _) => "has metadata that installers refuse".to_owned(),
                };
                vec![format!("{project} {version} {why}; the environment is {}", self.environment)]
            }
            Reason::Missing { requirement, offered } => {
                vec![format!(
                    "the profile takes {}; {}",
                    requirement.bare(),
                    the_suite_has(requirement, offered)
                )]
            }
            Reason::Conflict(lines) => lines.iter().map(ToString::to_string).collect(),
            Reason::Undecided => {
                vec!["the search for a solution took too many steps; it counts as uninstallable".to_owned()]
            }
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

impl fmt::Display for Line {
    /// `flask 3.1.0 needs werkzeug>=3.1; the suite has werkzeug 3.0.6, 2.3.8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Takes { requirement, version } => {
                write!(f, "the profile takes {}, of which {version} is the newest", requirement.bare())
            }
            Self::Needs { project, extra, versions, requirement, offered } => {
                f.write_str(project.as_str())?;
                if let Some(extra) = extra {
                    write!(f, "[{extra}]")?;
                }
                let verb = if versions.len() == 1 { "needs" } else { "need" };
                let versions = listed(versions.iter().map(ToString::to_string).collect());
                write!(
                    f,
                    " {versions} {verb} {}; {}",
                    requirement.bare(),
                    the_suite_has(requirement, offered)
                )
            }
        }
    }
}

fn the_suite_has(requirement: &Requirement, offered: &[Offered]) -> String {
    let project = &requirement.project;
    if requirement.specifiers().is_none() {
        return "an index cannot satisfy a URL".to_owned();
    }
    if offered.is_empty() {
        return format!("the suite has no {project}");
    }
    format!("the suite has {project} {}", listed(offered.iter().map(ToString::to_string).collect()))
}

impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = match self.note {
            None => "",
            Some(OfferedNote::Yanked) => " (yanked)",
            Some(OfferedNote::Prerelease) => " (pre-release)",
            Some(OfferedNote::Misfit(Misfit::Python)) => " (for another Python)",
            Some(OfferedNote::Misfit(Misfit::Files)) => " (no file that fits)",
            Some(OfferedNote::Misfit(Misfit::Unreadable)) => " (unreadable metadata)",
        };
        write!(f, "{}{note}", self.version)
    }
}

fn listed(mut texts: Vec<String>) -> String {
    let more = texts.len().saturating_sub(MOST_SHOWN);
    texts.truncate(MOST_SHOWN);
    let text = texts.join(", ");
    if more == 0 { text } else { format!("{text} and {more} more") }
}

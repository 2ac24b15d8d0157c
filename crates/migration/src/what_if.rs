use std::collections::BTreeSet;
use std::str::FromStr;

use packhouse_model::{ProjectName, Timestamp};
use packhouse_pypi::{Version, normalize};

use crate::facts::Quorum;
use crate::item::{EnvironmentName, Item};
use crate::overrides::{Unblock, Waiver, WaiverTarget};

const DAY: i64 = 86_400_000_000;
const AUTHOR: &str = "what-if";

/// A supposition. It edits facts of items before a run; nothing else knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIf {
    /// `accept reb==1.2`: its review is done, the change of identity included.
    Accept {
        /// The project.
        project: ProjectName,
        /// The version that its item adds.
        version: Version,
    },
    /// `age-days reb 10`: its items have been in the source suite for so long.
    AgeDays {
        /// The project.
        project: ProjectName,
        /// How many days.
        days: u32,
    },
    /// `waive reb tests`, `waive reb uninstallable:blue@py312`: a waiver of its bytes.
    Waive {
        /// The project.
        project: ProjectName,
        /// What is waived.
        what: WaiverTarget,
    },
    /// `unblock reb`: a release manager's leave for its bytes.
    Unblock {
        /// The project.
        project: ProjectName,
    },
}

/// A supposition that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfError {
    /// The text is none.
    #[error(
        "expected `accept NAME==VERSION`, `age-days NAME DAYS`, `waive NAME POLICY`, \
         `waive NAME uninstallable:ROOT[@ENVIRONMENT]` or `unblock NAME`; found {found:?}"
    )]
    Syntax {
        /// The text.
        found: String,
    },
    /// It speaks of no item of the run.
    #[error("no item of {project} is in this run; those that are: {items}")]
    NoItem {
        /// The project, with the version where one was named.
        project: String,
        /// Some of the run's items.
        items: String,
    },
}

impl FromStr for WhatIf {
    type Err = WhatIfError;

    fn from_str(text: &str) -> Result<Self, WhatIfError> {
        let refuse = || WhatIfError::Syntax { found: text.chars().take(80).collect() };
        let project = |name: &str| normalize(name).map_err(|_| refuse());
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["accept", what] => {
                let (name, version) = what.split_once("==").ok_or_else(refuse)?;
                let version = Version::parse(version).map_err(|_| refuse())?;
                Ok(Self::Accept { project: project(name)?, version })
            }
            ["age-days", name, days] => {
                Ok(Self::AgeDays { project: project(name)?, days: days.parse().map_err(|_| refuse())? })
            }
            ["waive", name, what] => {
                let what = match what.strip_prefix("uninstallable:") {
                    Some(place) => {
                        let (root, environment) = match place.split_once('@') {
                            Some((root, environment)) => (root, Some(EnvironmentName::from(environment))),
                            None => (place, None),
                        };
                        WaiverTarget::Uninstallable { root: root.to_owned(), environment }
                    }
                    None => WaiverTarget::Policy(what.to_owned()),
                };
                Ok(Self::Waive { project: project(name)?, what })
            }
            ["unblock", name] => Ok(Self::Unblock { project: project(name)? }),
            _ => Err(refuse()),
        }
    }
}

impl WhatIf {
    /// Edits the items that it speaks of, and says how many those are: at least one.
    pub fn apply(&self, items: &mut [Item], now: Timestamp) -> Result<usize, WhatIfError> {
        let (project, version) = match self {
            Self::Accept { project, version } => (project, Some(version)),
            Self::AgeDays { project, .. } | Self::Waive { project, .. } | Self::Unblock { project } => {
                (project, None)
            }
        };
        let mut edited = 0;
        for item in items.iter_mut().filter(|item| item.project == *project) {
            if version.is_none_or(|version| item.adds.contains(version)) {
                self.edit(item, now);
                edited += 1;
            }
        }
        if edited > 0 {
            return Ok(edited);
        }
        let known: BTreeSet<String> = items.iter().map(Item::subject).collect();
        let mut names: Vec<String> = known.into_iter().collect();
        if names.len() > 20 {
            names.truncate(20);
            names.push("…".to_owned());
        }
        let project = version.map_or_else(|| project.to_string(), |version| format!("{project} {version}"));
        Err(WhatIfError::NoItem { project, items: names.join(", ") })
    }

    fn edit(&self, item: &mut Item, now: Timestamp) {
        let facts = &mut item.facts;
        match self {
            Self::Accept { .. } => {
                let quorum = facts.quorum.get_or_insert_with(|| Quorum {
                    signatures: 0,
                    signatures_needed: 0,
                    organisations: 0,
                    organisations_needed: 0,
                    claimed_by: Vec::new(),
                });
                quorum.signatures = quorum.signatures.max(quorum.signatures_needed);
                quorum.organisations = quorum.organisations.max(quorum.organisations_needed);
                if let Some(hold) = &mut facts.identity {
                    hold.cleared = true;
                }
            }
            Self::AgeDays { days, .. } => {
                facts.since = Timestamp::from_micros(now.micros().saturating_sub(i64::from(*days) * DAY));
            }
            Self::Waive { what, .. } => facts.waivers.push(Waiver {
                what: what.clone(),
                by: AUTHOR.to_owned(),
                reason: AUTHOR.to_owned(),
                expires: Timestamp::MAX,
                hashes: item.hashes.clone(),
            }),
            Self::Unblock { .. } => facts.unblocks.push(Unblock {
                by: AUTHOR.to_owned(),
                reason: AUTHOR.to_owned(),
                at: now,
                hashes: item.hashes.clone(),
            }),
        }
    }
}

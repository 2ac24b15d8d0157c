//! The rules: each one small struct with a name, parameters and sentences for people.

mod advisories;
mod allow;
mod cooldown;
mod deleted;
mod deny;
mod findings;
mod hash;
mod malware;
mod names;
mod new_dependencies;
mod pin;
mod private;
mod publisher;
mod sdist;
mod status;
mod suite;
mod withdrawn;

pub use advisories::Vulnerabilities;
pub use allow::Allow;
pub use cooldown::Cooldown;
pub use deleted::Deleted;
pub use deny::Deny;
pub use findings::Findings;
pub(crate) use findings::NAME as FINDINGS;
pub use hash::HashRequired;
pub use malware::Malware;
pub use names::Names;
pub use new_dependencies::NewDependencies;
pub use pin::FirstSeenPin;
pub use private::PrivateNames;
pub use publisher::PublisherChanges;
pub use sdist::WheelsOnly;
pub use status::UpstreamQuarantine;
pub use suite::SuiteOnly;
pub use withdrawn::WithdrawnReleases;

use packhouse_model::Timestamp;

use crate::decision::Note;
use crate::exception::Exception;
use crate::facts::Case;

/// Every rule there is, and whether an exception may lift it: an exception may outlive the setting it was made
/// for, so its rule need not be in the policy.
pub const ALL_RULES: [(&str, bool); 17] = [
    ("advisories", true),
    ("allow-list", true),
    ("cooldown", true),
    ("deleted-upstream", true),
    ("deny-list", true),
    ("findings", true),
    ("first-seen-pin", true),
    ("hash-required", false),
    ("malware", false),
    ("names", true),
    ("new-dependencies", true),
    ("private-names", false),
    ("publisher", true),
    ("suite", false),
    ("upstream-quarantine", true),
    ("wheels-only", true),
    ("withdrawn", false),
];

/// One reason to refuse. Rules do not know the outcome: the policy turns a hit on a project or a file into one.
pub trait Rule: std::fmt::Debug + Send + Sync {
    /// The name in exceptions, the audit list and messages. Never changes.
    fn name(&self) -> &'static str;

    /// What it does with the parameters it has, for `packhouse policy check` and the policy page.
    fn describe(&self) -> String;

    /// Who may lift a hit, and how.
    fn lift(&self) -> String {
        "An operator may except exact bytes or an exact version, with a reason and an end date.".to_owned()
    }

    /// Whether exceptions may lift it at all.
    fn excusable(&self) -> bool {
        true
    }

    /// Whether it is asked about a project that a suite holds, too. Rules about what nobody has vetted are not.
    fn holds_for_vetted(&self) -> bool {
        false
    }

    /// Whether it goes by what the file of a case needs, and nobody has looked at that yet.
    fn asks_what_it_needs(&self, _case: &Case<'_>) -> bool {
        false
    }

    /// The rule's word on a case. A rule about files passes when there is no file yet: it will be asked again.
    fn check(&self, case: &Case<'_>) -> Verdict;

    /// What it has to say beside, of what it refuses and of what it does not.
    fn notes(&self, _case: &Case<'_>) -> Vec<Note> {
        Vec::new()
    }
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Pass,
    /// Something against the whole project.
    Project(Hit),
    /// Something against this file.
    File(Hit),
    /// A fact about this file is missing that is looked for only when nothing else refuses it: counts only then.
    Pending(Hit),
    /// Something against this file that a fact lifts: it is shown with the reason, and does not count.
    Lifted(Hit, Exception),
}

/// A rule's reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// See [`crate::RuleHit::short`]: it follows the project and version, as in `reb 1.2 is …`.
    pub short: String,
    /// See [`crate::RuleHit::sentence`].
    pub sentence: String,
    /// When time alone ends it.
    pub until: Option<Timestamp>,
}

/// `reb 1.2`, or the filename where the version is not known, or the project alone.
pub(crate) fn subject(case: &Case<'_>) -> String {
    match (case.release, case.file) {
        (Some(release), _) => format!("{} {}", case.project.name, release.version),
        (None, Some(file)) => file.filename.clone(),
        (None, None) => case.project.name.to_string(),
    }
}

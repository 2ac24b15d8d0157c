use packhouse_model::Timestamp;
use serde::Serialize;

use crate::exception::Exception;

/// What happens to a project or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Listed and handed out.
    Serve,
    /// Listed as yanked with our reason; 403 on the file and everything beside it.
    Tombstone,
    /// A project: 451. A file: not listed, and 403.
    Refuse,
}

/// One rule's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleHit {
    /// The rule's name, as in exceptions and the audit list.
    pub rule: &'static str,
    /// At most about 90 ASCII characters: fits into an HTTP reason phrase.
    pub short: String,
    /// The whole reason, for a person.
    pub sentence: String,
    /// Who may lift it, and how.
    pub lift: String,
    /// When time alone ends it.
    pub until: Option<Timestamp>,
    /// The exception that lifts it, if one does; then the hit no longer counts.
    pub excused: Option<Exception>,
}

/// Something a rule says of what it does not refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The rule's name.
    pub rule: &'static str,
    /// Clients should be told: the file is listed as yanked with these words, and still handed out.
    pub warns: bool,
    /// As [`RuleHit::short`].
    pub short: String,
    /// As [`RuleHit::sentence`].
    pub sentence: String,
}

/// The answer to one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What happens.
    pub outcome: Outcome,
    /// The rules that had something against it, in the order of the policy, excused ones included.
    pub because: Vec<RuleHit>,
    /// What rules have to say beside.
    pub notes: Vec<Note>,
    /// The first moment at which time alone may change this answer; until then it may be kept.
    pub until: Option<Timestamp>,
}

impl Decision {
    /// Whether the bytes may be handed out.
    pub fn serves(&self) -> bool {
        self.outcome == Outcome::Serve
    }

    /// What clients should be told of a file that is served.
    pub fn warning(&self) -> Option<&Note> {
        self.notes.iter().find(|note| note.warns)
    }

    /// The first hit that counts: the reason to show where there is room for one.
    pub fn reason(&self) -> Option<&RuleHit> {
        self.because.iter().find(|hit| hit.excused.is_none())
    }
}

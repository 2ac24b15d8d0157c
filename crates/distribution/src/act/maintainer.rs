use packhouse_model::{MaintainerId, Sha256, Timestamp};
use serde::{Deserialize, Serialize};

/// What a person may do, beside saying things about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reviews, and looks after projects.
    Maintainer,
    /// Invites, gives roles, opens and closes suites, releases.
    ReleaseManager,
    /// Withdraws, revokes, approves in the security lane.
    Security,
    /// Claims and remarks; a trainee's word moves nothing.
    Trainee,
}

impl Role {
    /// The word in statements and on pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Maintainer => "maintainer",
            Self::ReleaseManager => "release-manager",
            Self::Security => "security",
            Self::Trainee => "trainee",
        }
    }
}

/// By a release manager; by the server only while there is none, so that a new distribution can begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// The name that they will act under.
    pub maintainer: MaintainerId,
    /// The key that they sent, as one line of OpenSSH.
    pub key: String,
    /// What they may do once they have joined.
    pub roles: Vec<Role>,
}

/// By the invited person, signed with the key of the invitation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Their name, for people.
    pub name: String,
    /// Whom they work for and where else they belong. None says: nowhere.
    pub affiliations: Vec<Affiliation>,
    /// Their accounts where vendors publish: `forge:alice`, `registry:alice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// SHA-256 of each of their mail addresses in lower case: enough to notice that a vendor's address is theirs, and not
    /// readable on a page. Somebody who guesses an address can confirm the guess.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Sha256>,
}

/// An employer, a foundation, a project that somebody belongs to, from a day and perhaps until one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affiliation {
    /// The name as it is usually written: `Pallets`, `Example GmbH`.
    pub organisation: String,
    /// Its mail domains: `example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Its accounts where vendors publish: `forge:pallets`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Since when.
    pub from: Timestamp,
    /// Until when; open if it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// By oneself: replaces what one has declared before. What was declared stays in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affiliate {
    /// All affiliations, past ones with their end.
    pub affiliations: Vec<Affiliation>,
    /// As in [`Join`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// As in [`Join`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Sha256>,
}

/// By oneself, signed with a key that counts and with the new one (proof that one holds it).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAdd {
    /// One line of OpenSSH.
    pub key: String,
    /// From when on its signatures count for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// By oneself, a release manager or security.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoke {
    /// As `ssh-keygen -l` prints it: `SHA256:…`.
    pub key: String,
    /// The number of the last entry that is still believed; 0 for none. What the key signed later is void.
    pub after: u64,
    /// What happened.
    pub reason: String,
}

/// By a release manager, about somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRoles {
    /// Whose.
    pub maintainer: MaintainerId,
    /// All of them from now on.
    pub roles: Vec<Role>,
    /// Why.
    pub reason: String,
}

/// By oneself, or by a release manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Who goes.
    pub maintainer: MaintainerId,
    /// Why.
    pub reason: String,
}

/// By security or a release manager, about somebody else: counts as if it had been declared, so that reviews which were not
/// independent stop counting, whenever they were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// Whose tie.
    pub maintainer: MaintainerId,
    /// To whom, since when.
    pub affiliation: Affiliation,
    /// How it was found.
    pub evidence: String,
}

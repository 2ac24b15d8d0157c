use std::collections::BTreeSet;

use packhouse_model::{Sha256, SuiteName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Release;

/// What a suite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteKind {
    /// Everything accepted, at once.
    Unstable,
    /// What has waited, and installs together with the rest.
    Testing,
    /// A promise.
    Stable,
    /// Fixes for stable, ahead of its next point release: what two people sent through the security lane. The index of a
    /// released suite shows them beside its own.
    Security,
}

/// An environment that a suite is for: a Python and a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// An interpreter and a platform in the words of wheel tags: `cp312 manylinux_2_28_x86_64`.
    pub name: String,
    /// Whether it may lag behind: what does not install there does not hold the others up.
    #[serde(default)]
    pub may_lag: bool,
}

/// Projects that must stay installable together, with the newest of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `web`.
    pub name: String,
    /// Requirements (PEP 508).
    pub requires: Vec<String>,
}

/// By a release manager: makes a suite, or replaces its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteSet {
    /// Its name: `testing`, or a codename.
    pub suite: SuiteName,
    /// What it is for.
    pub kind: SuiteKind,
    /// The suite that releases come from: `unstable` for `testing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SuiteName>,
    /// Where everything in it must install.
    pub environments: Vec<Environment>,
    /// What must install together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// Until when a stable suite is looked after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_until: Option<Timestamp>,
}

/// Where a suite stands between two releases (Debian's freeze, shortened).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Everything moves.
    Development,
    /// Interpreters, build back ends and what carries an ABI need approval.
    ToolchainFreeze,
    /// No new projects, no new series.
    SoftFreeze,
    /// Key projects and projects without tests need approval.
    HardFreeze,
    /// Everything needs approval.
    FullFreeze,
    /// Released: point releases only.
    Released,
    /// No longer looked after; nothing changes any more.
    EndOfLife,
}

impl Stage {
    /// The word in statements and on pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::ToolchainFreeze => "toolchain-freeze",
            Self::SoftFreeze => "soft-freeze",
            Self::HardFreeze => "hard-freeze",
            Self::FullFreeze => "full-freeze",
            Self::Released => "released",
            Self::EndOfLife => "end-of-life",
        }
    }
}

/// By a release manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetStage {
    /// Which suite.
    pub suite: SuiteName,
    /// Where it stands from now on.
    pub stage: Stage,
    /// Why.
    pub reason: String,
}

/// By a release manager: `suite` gets the contents of `from`. The snapshot that the server then makes carries it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSuite {
    /// The stable suite, by its codename.
    pub suite: SuiteName,
    /// `1.0`, `1.1`, …
    pub version: String,
    /// Which snapshot it is made of.
    pub from: SuiteName,
    /// The snapshot's number.
    pub serial: u64,
    /// The SHA-256 of that snapshot's contents: what was approved is what is released.
    pub contents: Sha256,
    /// What is promised.
    pub promise: Promise,
}

/// What a stable suite promises, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Until when fixes come.
    pub supported_until: Timestamp,
}

/// What a person says about a migration. It binds to the bytes that are the statement's subjects; a newer upload voids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HintKind {
    /// Must not move.
    Block,
    /// May move although the stage asks for approval.
    Unblock,
    /// Waits this many days only, where the rules ask for more.
    AgeDays,
    /// Moves although a fact speaks against it: which one is named by `fact`.
    Waive,
    /// May go through the security lane: with two people's word a fix does not wait, and enters a suite of kind `security`.
    Security,
}

/// By a release manager; `Block` and `Security` also by security.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// For which suite.
    pub suite: SuiteName,
    /// Which release; its bytes are the statement's subjects.
    pub release: Release,
    /// What.
    pub kind: HintKind,
    /// For [`HintKind::AgeDays`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// For [`HintKind::Waive`]: the rule (`wheel-coverage`), or `installability`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// For a waiver of installability: the projects that may break.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub names: BTreeSet<String>,
    /// Until when; a waiver must have an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// By who gave the hint, or by a release manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HintEnd {
    /// The number of the hint's entry.
    pub entry: u64,
    /// Why.
    pub reason: String,
}

/// One release in a suite, with the bytes that it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Which.
    pub release: Release,
    /// SHA-256 of its files.
    pub files: BTreeSet<Sha256>,
}

/// Why a release does not come back with a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyLeftOut {
    /// Its files are not reviewed any more: a key was revoked, a tie was found, an exemption ended.
    LostReviews,
    /// Somebody calls it harmful, or what it builds on.
    Violation,
    /// Not offered any more.
    Delisted,
    /// Not to be chosen any more (PEP 592).
    Yanked,
    /// Not handed out while it is looked into.
    Quarantined,
    /// Harmful, for ever.
    Condemned,
}

impl WhyLeftOut {
    /// In a few words, after "it" or a release's name.
    pub fn words(self) -> &'static str {
        match self {
            Self::LostReviews => "lost its reviews",
            Self::Violation => "is called harmful",
            Self::Delisted => "is delisted",
            Self::Yanked => "is yanked",
            Self::Quarantined => "is quarantined",
            Self::Condemned => "is condemned",
        }
    }
}

/// A release that a suite held once, and that a rollback does not bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Which.
    pub release: Release,
    /// Why not.
    pub why: WhyLeftOut,
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.release, self.why.words())
    }
}

/// Why a suite changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Because {
    /// Reviewed: into the first suite.
    Accepted,
    /// A migration run.
    Migration,
    /// A [`ReleaseSuite`] with this number.
    Release {
        /// The entry.
        entry: u64,
    },
    /// A [`crate::act::Withdraw`] with this number condemned it.
    Withdrawal {
        /// The entry.
        entry: u64,
    },
    /// Projects that were given up, and that nothing else in the suite needs.
    Retirement,
    /// The contents of an older snapshot again, as far as nothing speaks against what would come back; by a release manager's
    /// word.
    Rollback {
        /// That snapshot.
        to: u64,
        /// Why.
        reason: String,
        /// What that snapshot held and does not come back, by release: who signs knows ([`crate::State::rollback`]). None in
        /// entries that are older than this; they leave out what is quarantined or condemned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left_out: Option<Vec<LeftOut>>,
    },
    /// The contents of another suite's snapshot, by a release manager's word: how the proposed updates of a released suite
    /// begin. Only for a suite of kind `testing` that holds nothing yet.
    Begin {
        /// That suite.
        from: SuiteName,
        /// The snapshot's number.
        serial: u64,
        /// Why.
        reason: String,
    },
}

/// By the server, except for a rollback and a beginning, which are a release manager's: the suite's next state.
///
/// The ledger holds the difference; `contents` is what the whole comes to, so that a wrong difference cannot stay unnoticed.
/// A release, a rollback and a beginning name a snapshot instead, whose contents are taken over: they have no differences
/// of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Which suite.
    pub suite: SuiteName,
    /// One more than the last.
    pub serial: u64,
    /// What comes in, or gets further files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<Listing>,
    /// What goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removes: Vec<Release>,
    /// Why.
    pub because: Because,
    /// SHA-256 of the suite's contents after it ([`crate::State::contents_digest`]).
    pub contents: Sha256,
}

//! What the entries of a ledger add up to.

mod candidates;
mod imports;
mod notices;
pub mod peers;
mod people;
mod projects;
mod refused;
mod reviews;
pub mod rows;
pub(crate) mod rules;
pub mod snapshots;
mod suites;
mod transitions;

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_model::{Sha256, Timestamp};

use crate::act::{Act, Actor};
use crate::dependents::Going;
use crate::table::{RowChange, RowError, Table};
use crate::{Release, dependents};

use peers::{ImportRow, PeerPersonId, PeerPersonRow, PeerRow};
pub use refused::Refused;
use rows::{
    CandidateRow, ClaimRow, ConditionRow, ExemptRow, Founded, HintRow, Key, Maintainer, NoteRow, NoticeRow,
    Pending, Placement, PlacementId, Project, ProjectKey, ReviewRow, SnapshotId, SnapshotRow, Suite,
    TransitionId, TransitionRow,
};
pub use transitions::Progress;

/// How far a statement's time may lie before the newest entry's: clocks differ, and people sign before they send.
pub const CLOCK_SLACK: Duration = Duration::from_secs(15 * 60);

/// A verified statement with its number: what a ledger's entry says.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadEntry {
    /// The entry's number, from 1.
    pub number: u64,
    /// The entry's hash.
    pub hash: Sha256,
    /// The fingerprints of the keys that did sign it.
    pub keys: BTreeSet<String>,
    /// The files that it is about, by name.
    pub subjects: Vec<(String, Sha256)>,
    /// When it was signed.
    pub at: Timestamp,
    /// Who says it.
    pub by: Actor,
    /// What.
    pub act: Act,
}

impl ReadEntry {
    fn files(&self) -> BTreeSet<Sha256> {
        self.subjects.iter().map(|(_, sha)| *sha).collect()
    }
}

macro_rules! state {
    ($($(#[$doc:meta])* $field:ident: $key:ty => $row:ty, $name:literal;)*) => {
        /// The distribution as its ledger says it: people, projects, candidates, reviews, suites.
        ///
        /// A clone is cheap and shares its rows. [`State::apply`] is the only way to change one.
        #[derive(Debug, Clone)]
        pub struct State {
            $($(#[$doc])* pub $field: Table<$key, $row>,)*
        }

        impl Default for State {
            fn default() -> Self {
                Self { $($field: Table::new($name),)* }
            }
        }

        impl State {
            /// The rows that changed since this was last asked.
            pub fn take_changes(&mut self) -> Vec<RowChange> {
                let mut changes = Vec::new();
                $(self.$field.take_changes(&mut changes);)*
                changes
            }

            /// Every row, in the order of tables and keys.
            pub fn rows(&self) -> Vec<RowChange> {
                let mut rows = Vec::new();
                $(self.$field.all_rows(&mut rows);)*
                rows
            }

            /// Takes a stored row in.
            pub fn load_row(&mut self, table: &str, key: &str, value: &str) -> Result<(), RowError> {
                match table {
                    $($name => self.$field.load(key, value),)*
                    _ => Err(RowError { table: table.to_owned(), key: key.to_owned(), source: None }),
                }
            }
        }
    };
}

state! {
    /// One row, `distribution`, once it is founded.
    founded: String => Founded, "distribution";
    /// One row, `newest`: the time of the newest entry.
    clock: String => Timestamp, "clock";
    /// People by their id.
    maintainers: packhouse_model::MaintainerId => Maintainer, "maintainer";
    /// Keys by their fingerprint (`SHA256:…`).
    keys: String => Key, "key";
    /// Projects under maintenance.
    projects: ProjectKey => Project, "project";
    /// Releases that were taken in.
    candidates: Release => CandidateRow, "candidate";
    /// Leases.
    claims: Release => ClaimRow, "claim";
    /// Reviews by the number of their entry.
    reviews: u64 => ReviewRow, "review";
    /// Exemptions by the number of their entry.
    exemptions: u64 => ExemptRow, "exemption";
    /// Remarks by the number of their entry.
    notes: u64 => NoteRow, "note";
    /// Words on migrations by the number of their entry.
    hints: u64 => HintRow, "hint";
    /// Named transitions, those that ended too, until their name is taken again.
    transitions: TransitionId => TransitionRow, "transition";
    /// Acts that wait for a second person, by the number of their entry.
    pending: u64 => Pending, "pending";
    /// Suites.
    suites: packhouse_model::SuiteName => Suite, "suite";
    /// Snapshots.
    snapshots: SnapshotId => SnapshotRow, "snapshot";
    /// What each suite holds now.
    placements: PlacementId => Placement, "placement";
    /// What is the matter with releases.
    conditions: Release => ConditionRow, "condition";
    /// Whom entries concern that do not name them, by the entry's number.
    notices: u64 => NoticeRow, "notice";
    /// Other distributions whose reviews are imported.
    peers: packhouse_model::PeerName => PeerRow, "peer";
    /// Their people.
    peer_people: PeerPersonId => PeerPersonRow, "peer-person";
    /// Reviews of peers by the number of our entry.
    imports: u64 => ImportRow, "import";
}

/// The form that rows are written in. A server that finds older ones makes them again from the ledger: raise it with every
/// change of a row that the rows of before do not read as, or that the same entries would make otherwise; also of those that
/// a [`crate::peer::Follower`] comes to, which are read again from the peer then.
pub const ROWS_FORMAT: u64 = 3;

/// The key of tables with one row.
pub(crate) const ONLY: &str = "only";

impl State {
    /// The distribution, once it is founded.
    pub fn distribution(&self) -> Option<&Founded> {
        self.founded.get(&ONLY.to_owned())
    }

    /// The time of the newest entry.
    pub fn newest(&self) -> Option<Timestamp> {
        self.clock.get(&ONLY.to_owned()).copied()
    }

    /// Carries an entry out, or says why it cannot be one.
    ///
    /// After a refusal the state may be half changed: apply to a clone when it is still needed.
    pub fn apply(&mut self, entry: &ReadEntry) -> Result<(), Refused> {
        if let Act::Found(act) = &entry.act {
            return people::found(self, entry, act);
        }
        let Some(founded) = self.distribution() else {
            return Err(Refused::Founding("there is no distribution yet: its first entry founds it"));
        };
        let server_key = founded.server_key.clone();
        if let Some(newest) = self.newest()
            && entry.at.plus(CLOCK_SLACK) < newest
        {
            return Err(Refused::Time { at: entry.at, newest });
        }
        rules::signed(self, entry, &server_key)?;
        self.carry_out(entry)?;
        let newest = self.newest().map_or(entry.at, |newest| newest.max(entry.at));
        self.clock.put(ONLY.to_owned(), newest);
        if let Some(person) = entry.by.maintainer() {
            self.maintainers.edit(person, |row| row.last_act = row.last_act.max(entry.at));
        }
        Ok(())
    }

    /// Refuses of a new statement what [`State::apply`] takes for the sake of entries that ledgers hold already: rules that
    /// came later than they did. Asked in the same breath as `apply`, before an entry is appended.
    pub fn admit(&self, entry: &ReadEntry) -> Result<(), Refused> {
        let problem = match &entry.act {
            Act::Withdraw(act) => dependents::unseen(self, &Going::of_withdrawal(act)),
            Act::Orphan(act) => dependents::unseen(self, &Going::of_retirement(act)),
            Act::ReleaseSuite(act) => suites::unreviewed(self, act, entry.at),
            Act::Snapshot(act) => snapshots::unsaid(act),
            Act::Approve(act) => match self.pending.get(&act.entry).and_then(rows::Pending::act) {
                Some(Act::Withdraw(act)) => dependents::unseen_since(self, &Going::of_withdrawal(&act)),
                Some(Act::ReleaseSuite(act)) => suites::unreviewed(self, &act, entry.at),
                _ => None,
            },
            _ => None,
        };
        problem.map_or(Ok(()), |problem| Err(Refused::Conflict(problem)))
    }

    fn carry_out(&mut self, entry: &ReadEntry) -> Result<(), Refused> {
        match &entry.act {
            Act::Found(_) => Err(Refused::Founding("the distribution exists already")),
            Act::Invite(act) => people::invite(self, entry, act),
            Act::Join(act) => people::join(self, entry, act),
            Act::Affiliate(act) => people::affiliate(self, entry, act),
            Act::KeyAdd(act) => people::key_add(self, entry, act),
            Act::KeyRevoke(act) => people::key_revoke(self, entry, act),
            Act::SetRoles(act) => people::set_roles(self, entry, act),
            Act::Leave(act) => people::leave(self, entry, act),
            Act::Conflict(act) => people::conflict(self, entry, act),
            Act::ProjectAdd(act) => projects::add(self, entry, act),
            Act::Steward(act) => projects::steward(self, entry, act),
            Act::Contact(act) => projects::contact(self, entry, act),
            Act::Orphan(act) => projects::orphan(self, entry, act),
            Act::Salvage(act) => projects::salvage(self, entry, act),
            Act::Candidate(act) => candidates::candidate(self, entry, act),
            Act::UpstreamNews(act) => candidates::upstream_news(self, entry, act),
            Act::Claim(act) => reviews::claim(self, entry, act),
            Act::Note(act) => reviews::note(self, entry, act),
            Act::Review(act) => reviews::review(self, entry, act),
            Act::ReviewRevoke(act) => reviews::revoke(self, entry, act),
            Act::Exempt(act) => reviews::exempt(self, entry, act),
            Act::ExemptEnd(act) => reviews::exempt_end(self, entry, act),
            Act::Recount(act) => reviews::recount(self, entry, act),
            Act::Approve(act) => reviews::approve(self, entry, act),
            Act::Hint(act) => suites::hint(self, entry, act),
            Act::HintEnd(act) => suites::hint_end(self, entry, act),
            Act::Transition(act) => transitions::open(self, entry, act),
            Act::TransitionEnd(act) => transitions::end(self, entry, act),
            Act::SuiteSet(act) => suites::set(self, entry, act),
            Act::SetStage(act) => suites::set_stage(self, entry, act),
            Act::ReleaseSuite(act) => suites::release(self, entry, act),
            Act::Snapshot(act) => suites::snapshot(self, entry, act),
            Act::Withdraw(act) => candidates::withdraw(self, entry, act),
            Act::PeerSet(act) => imports::set(self, entry, act),
            Act::PeerEnd(act) => imports::end(self, entry, act),
            Act::PeerPerson(act) => imports::person(self, entry, act),
            Act::Import(act) => imports::import(self, entry, act),
            Act::ImportEnd(act) => imports::take_back(self, entry, act),
        }
    }
}

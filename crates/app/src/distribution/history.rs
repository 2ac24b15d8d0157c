//! The ledger as people read it: the newest entries first, one entry whole, and those about one thing.

use packhouse_distribution::act::Actor;
use packhouse_distribution::state::rows::{Concern, NoticeRow};
use packhouse_distribution::{Act, State};
use packhouse_model::{MaintainerId, ProjectName, Sha256, SuiteName, Timestamp};
use packhouse_store::LedgerEntry;
use packhouse_trust::{Envelope, PublicKey, Statement};
use serde_json::Value;

use super::about::{About, about};
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Entries that a search for those about one thing looks at: the newest so many.
pub const LOOKED_AT: u64 = 5_000;
/// Entries read from the database at once.
const BATCH: u64 = 250;
/// Entries on one page at most.
const LARGEST_PAGE: u64 = 500;

/// One entry in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    /// From 1.
    pub number: u64,
    /// The entry's hash.
    pub hash: Sha256,
    /// The act as people read it: `review`. `unknown` when the entry says nothing that a distribution says.
    pub act: String,
    /// When it was signed.
    pub at: Option<Timestamp>,
    /// Who says it.
    pub by: Option<Actor>,
    /// What it says, without who: `accepts flask==3.1.0`.
    pub sentence: String,
}

/// One entry whole.
#[derive(Debug, Clone)]
pub struct LedgerWhole {
    /// In one line.
    pub line: LedgerLine,
    /// The hash of the entry before; zeros for the first.
    pub previous: Sha256,
    /// The predicate's type.
    pub kind: String,
    /// The statement as indented JSON, but for the hashes of mail addresses: who guesses an address could confirm it.
    pub statement: String,
    /// The keys that say they signed it.
    pub signatures: Vec<LedgerSignature>,
    /// The number of the newest entry.
    pub newest: u64,
}

/// A signature on an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSignature {
    /// The key's fingerprint.
    pub key: String,
    /// Whose key it is, if it is known: a maintainer, or the server.
    pub owner: Option<Actor>,
    /// Whether the signature is by that key.
    pub good: bool,
}

/// Some entries, the newest first.
#[derive(Debug, Clone, Default)]
pub struct LedgerPage {
    /// The entries.
    pub lines: Vec<LedgerLine>,
    /// How many there are in all.
    pub total: u64,
}

/// What entries are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// A project.
    Project(ProjectName),
    /// A suite.
    Suite(SuiteName),
    /// A person: what they say, and what is said of them.
    Maintainer(MaintainerId),
}

/// The entries about one thing, the newest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The entries.
    pub lines: Vec<LedgerLine>,
    /// The number of the oldest entry that was looked at; there may be more about it before that one. 1: all were.
    pub looked_from: u64,
}

impl Topic {
    fn word(&self) -> &str {
        match self {
            Self::Project(name) => name.as_str(),
            Self::Suite(name) => name.as_str(),
            Self::Maintainer(id) => id.as_str(),
        }
    }

    /// The act without what is of other things: one entry may tell of hundreds.
    fn narrowed(&self, act: Act, notice: Option<&NoticeRow>) -> Act {
        let Act::Recount(mut act) = act else { return act };
        match self {
            Self::Project(name) => {
                act.lost.retain(|one| one.release.project == *name);
                act.settled.retain(|release| release.project == *name);
            }
            // What is settled names no suites: it may have left them.
            Self::Suite(name) => {
                act.lost.retain(|one| one.suites.contains(name));
                act.settled.clear();
            }
            Self::Maintainer(id) => {
                let own = notice.and_then(|notice| notice.told.get(id));
                let is_own =
                    |project: &ProjectName| own.is_some_and(|own| own.contains_key(project.as_str()));
                act.lost.retain(|one| is_own(&one.release.project));
                act.settled.clear();
            }
        }
        Act::Recount(act)
    }

    /// Whether the entry was told to them although it does not name them; and for whose sake, as words after its sentence.
    fn told(&self, notice: Option<&NoticeRow>) -> Option<String> {
        let Self::Maintainer(id) = self else { return None };
        let concerns = notice?.told.get(id)?;
        let named: Vec<String> = concerns
            .iter()
            .filter_map(|(project, concern)| match concern {
                Concern::Own => None,
                Concern::Needs => Some(project.clone()),
                Concern::Breaks => Some(format!("{project} (breaks)")),
            })
            .collect();
        Some(if named.is_empty() { String::new() } else { format!("; needed by {}", named.join(", ")) })
    }

    fn is_in(&self, about: &About, by: &Actor) -> bool {
        match self {
            Self::Project(name) => about.projects.contains(name),
            Self::Suite(name) => about.suites.contains(name),
            Self::Maintainer(id) => about.people.contains(id) || by.maintainer() == Some(id),
        }
    }
}

impl Packhouse {
    /// A page of the ledger, the newest entries first. `page` counts from 1; beyond the end there is nothing.
    pub async fn ledger_page(&self, page: u64, per_page: u64) -> Result<LedgerPage, AppError> {
        let per_page = per_page.clamp(1, LARGEST_PAGE);
        let Some((total, _)) = self.store.ledger_head().await? else { return Ok(LedgerPage::default()) };
        let last = total.saturating_sub(page.saturating_sub(1).saturating_mul(per_page));
        let first = last.saturating_sub(per_page);
        let state = self.distribution();
        let mut lines: Vec<LedgerLine> = Vec::new();
        if last > 0 {
            let kept =
                self.store.ledger_after(first, u32::try_from(last - first).unwrap_or(u32::MAX)).await?;
            lines.extend(kept.iter().rev().map(|entry| Opened::of(entry, &state, None).line(entry)));
        }
        Ok(LedgerPage { lines, total })
    }

    /// One entry. None: there is none of that number.
    pub async fn ledger_entry(&self, number: u64) -> Result<Option<LedgerWhole>, AppError> {
        let Some((newest, _)) = self.store.ledger_head().await? else { return Ok(None) };
        if number == 0 || number > newest {
            return Ok(None);
        }
        let kept =
            self.store.ledger_after(number - 1, 1).await?.into_iter().find(|kept| kept.number == number);
        let Some(kept) = kept else { return Ok(None) };
        let state = self.distribution();
        let opened = Opened::of(&kept, &state, None);
        Ok(Some(LedgerWhole {
            line: opened.line(&kept),
            previous: kept.previous,
            kind: kept.kind.clone(),
            statement: opened.statement,
            signatures: opened.signatures,
            newest,
        }))
    }

    /// At most `most` entries about something, the newest first, out of the newest [`LOOKED_AT`].
    pub async fn history(&self, topic: &Topic, most: usize) -> Result<History, AppError> {
        let Some((total, _)) = self.store.ledger_head().await? else { return Ok(History::default()) };
        let end = total.saturating_sub(LOOKED_AT);
        let state = self.distribution();
        let mut history = History { lines: Vec::new(), looked_from: total + 1 };
        let mut last = total;
        while last > end && history.lines.len() < most {
            let first = last.saturating_sub(BATCH).max(end);
            let kept =
                self.store.ledger_after(first, u32::try_from(last - first).unwrap_or(u32::MAX)).await?;
            for entry in kept.iter().rev() {
                history.looked_from = entry.number;
                history.lines.extend(found(entry, &state, topic));
                if history.lines.len() >= most {
                    break;
                }
            }
            last = first;
        }
        Ok(history)
    }
}

/// The entry in one line, if it is about the topic.
fn found(entry: &LedgerEntry, state: &State, topic: &Topic) -> Option<LedgerLine> {
    // Acts that name another entry instead of what it is about.
    let indirect = ["review-revoke:", "approve:", "hint-end:", "transition-end:"]
        .iter()
        .any(|word| entry.kind.contains(word));
    let envelope = Envelope::parse(&entry.envelope).ok()?;
    // Most entries are about something else; a look at the text is much cheaper than reading it.
    let text = std::str::from_utf8(envelope.payload_unverified()).ok()?;
    let told = topic.told(state.notices.get(&entry.number));
    if told.is_none() && !indirect && !text.contains(topic.word()) {
        return None;
    }
    let opened = Opened::of(entry, state, Some(topic));
    let is_about = opened.said.as_ref().is_some_and(|said| topic.is_in(&said.about, &said.by));
    (is_about || told.is_some()).then(|| {
        let mut line = opened.line(entry);
        line.sentence.push_str(&told.unwrap_or_default());
        line
    })
}

/// An entry, read as far as it reads.
struct Opened {
    said: Option<SaidBy>,
    statement: String,
    signatures: Vec<LedgerSignature>,
}

struct SaidBy {
    by: Actor,
    at: Timestamp,
    act: &'static str,
    about: About,
}

impl Opened {
    /// With a topic, without what is of other things.
    fn of(entry: &LedgerEntry, state: &State, topic: Option<&Topic>) -> Self {
        let mut opened = Self { said: None, statement: String::new(), signatures: Vec::new() };
        let Ok(envelope) = Envelope::parse(&entry.envelope) else { return opened };
        let payload = envelope.payload_unverified();
        opened.statement = serde_json::from_slice::<Value>(payload)
            .and_then(|mut value| {
                leave_addresses_out(&mut value);
                serde_json::to_string_pretty(&value)
            })
            .unwrap_or_default();
        opened.said = Statement::<Value>::parse(payload).ok().and_then(|statement| {
            let read = Act::parse(&statement.predicate_type, statement.predicate).ok()?;
            let notice = state.notices.get(&entry.number);
            let act = match topic {
                Some(topic) => topic.narrowed(read.act, notice),
                None => read.act,
            };
            Some(SaidBy { by: read.by, at: read.at, act: act.word(), about: about(&act, state) })
        });
        opened.signatures = signatures(&envelope, state);
        opened
    }

    fn line(&self, entry: &LedgerEntry) -> LedgerLine {
        let said = self.said.as_ref();
        LedgerLine {
            number: entry.number,
            hash: entry.hash,
            act: said.map_or("unknown", |said| said.act).to_owned(),
            at: said.map(|said| said.at),
            by: said.map(|said| said.by.clone()),
            sentence: said.map_or_else(
                || "says nothing that can be read".to_owned(),
                |said| said.about.sentence.clone(),
            ),
        }
    }
}

/// Where acts have hashes of mail addresses: of the person who joins or whom a peer tells of, of a release's vendor.
fn leave_addresses_out(statement: &mut Value) {
    for place in ["/predicate/act/addresses", "/predicate/act/vendor/addresses"] {
        if let Some(addresses) = statement.pointer_mut(place) {
            let number = addresses.as_array().map_or(0, Vec::len);
            *addresses = Value::String(format!("{number} not shown here"));
        }
    }
}

/// Key IDs are a hint that nobody signs, so each is checked against the key of that name.
fn signatures(envelope: &Envelope, state: &State) -> Vec<LedgerSignature> {
    let known = |key: &str| -> Option<(Actor, String)> {
        if let Some(row) = state.keys.get(&key.to_owned()) {
            return Some((Actor::Maintainer(row.owner.clone()), row.line.clone()));
        }
        let founded = state.distribution().filter(|founded| founded.server_key == key)?;
        Some((Actor::Server, founded.server_line.clone()))
    };
    envelope
        .claimed_keys()
        .into_iter()
        .map(|id| {
            let key = id.to_string();
            let known = known(&key);
            let good = known
                .as_ref()
                .and_then(|(_, line)| line.parse::<PublicKey>().ok())
                .is_some_and(|public| !envelope.verify([&public]).by.is_empty());
            LedgerSignature { key, owner: known.map(|(owner, _)| owner), good }
        })
        .collect()
}

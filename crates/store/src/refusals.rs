//! What was refused to clients, by which rule, and how often: the pages behind `/why/<id>` and the audit list.

use std::collections::BTreeMap;
use std::fmt;

use packhouse_model::{IndexName, ProjectName, Sha256, Timestamp};
use sqlx::FromRow;

use crate::db::{Text, alone, both, execute, read, run, statements};
use crate::{Result, Store, Tx, value};

/// A refusal's number, as it stands in `/why/<id>`. It is never given to another refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefusalId(pub i64);

impl fmt::Display for RefusalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A refusal that just happened. Two are the same when all but the sentence is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefusal {
    /// In which index.
    pub index: IndexName,
    /// Of which project.
    pub project: ProjectName,
    /// Of which version, where it is not the whole project that is refused.
    pub version: Option<String>,
    /// Of which file, where it is one.
    pub filename: Option<String>,
    /// Its hash, where it is known.
    pub sha256: Option<Sha256>,
    /// The rule that refused.
    pub rule: String,
    /// Why, for people.
    pub sentence: String,
}

/// A refusal, and how often it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its number.
    pub id: RefusalId,
    /// What was refused. The sentence is the last one given.
    pub what: NewRefusal,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How many times.
    pub times: u64,
}

/// Which refusals to list; `None` is any.
#[derive(Debug, Clone, Default)]
pub struct RefusalFilter {
    /// Of this index.
    pub index: Option<IndexName>,
    /// Of this project.
    pub project: Option<ProjectName>,
    /// By this rule.
    pub rule: Option<String>,
}

/// A part of the list of refusals.
#[derive(Debug, Clone, Default)]
pub struct RefusalPage {
    /// The refusals of this part, the last first.
    pub refusals: Vec<Refusal>,
    /// How many the filter finds in all.
    pub total: u64,
}

statements! {
    RECORD = Text {
        sqlite: "INSERT INTO refusal (index_name, project, version, filename, sha256, rule, sentence, \
                    first_us, last_us, times) \
                 SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
                    $2, $2, value ->> 7 FROM json_each($1) WHERE true \
                 ON CONFLICT (project, index_name, version, filename, sha256, rule) DO UPDATE SET \
                    sentence = excluded.sentence, last_us = MAX(refusal.last_us, excluded.last_us), \
                    times = refusal.times + excluded.times \
                 RETURNING id, index_name, project, version, filename, sha256, rule",
        pg: "INSERT INTO refusal (index_name, project, version, filename, sha256, rule, sentence, \
                    first_us, last_us, times) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT), CAST(value ->> 7 AS BIGINT) \
             FROM jsonb_array_elements($1::jsonb) AS item (value) \
             ON CONFLICT (project, index_name, version, filename, sha256, rule) DO UPDATE SET \
                    sentence = excluded.sentence, last_us = GREATEST(refusal.last_us, excluded.last_us), \
                    times = refusal.times + excluded.times \
             RETURNING id, index_name, project, version, filename, sha256, rule",
    };
    GET = both(
        "SELECT id, index_name, project, version, filename, sha256, rule, sentence, first_us, last_us, times \
         FROM refusal WHERE id = $1",
    );
    LIST = both(
        "SELECT id, index_name, project, version, filename, sha256, rule, sentence, first_us, last_us, times \
         FROM refusal WHERE ($1 = '' OR index_name = $1) AND ($2 = '' OR project = $2) AND ($3 = '' OR rule = $3) \
         ORDER BY last_us DESC, id DESC LIMIT $4 OFFSET $5",
    );
    TOTAL = both(
        "SELECT COUNT(*) AS total \
         FROM refusal WHERE ($1 = '' OR index_name = $1) AND ($2 = '' OR project = $2) AND ($3 = '' OR rule = $3)",
    );
    PRUNE = both("DELETE FROM refusal WHERE last_us < $1");
}

/// The columns of the key, in the order of `RECORD`'s list; what a refusal does not have is empty.
type Key = [String; 6];

#[derive(FromRow)]
struct KeyRow {
    id: i64,
    index_name: String,
    project: String,
    version: String,
    filename: String,
    sha256: String,
    rule: String,
}

#[derive(FromRow)]
struct RefusalRow {
    #[sqlx(flatten)]
    key: KeyRow,
    sentence: String,
    first_us: i64,
    last_us: i64,
    times: i64,
}

impl Store {
    /// Counts refusals, any number in one transaction, and returns their numbers in the same order. One that was
    /// never counted gets a new number; others keep theirs and take over the sentence.
    pub async fn record_refusals(&self, refusals: &[NewRefusal], now: Timestamp) -> Result<Vec<RefusalId>> {
        if refusals.is_empty() {
            return Ok(Vec::new());
        }
        alone!(self, record_refusals(refusals, now))
    }

    /// The refusal with this number.
    pub async fn refusal(&self, id: RefusalId) -> Result<Option<Refusal>> {
        read!(self, GET, fetch_optional as RefusalRow, id.0)?.map(Refusal::read).transpose()
    }

    /// At most `limit` refusals after the first `offset`, the last first, and how many there are.
    pub async fn refusals(&self, filter: &RefusalFilter, limit: u32, offset: u32) -> Result<RefusalPage> {
        let index = filter.index.as_ref().map_or("", IndexName::as_str);
        let project = filter.project.as_ref().map_or("", ProjectName::as_str);
        let rule = filter.rule.as_deref().unwrap_or("");
        let (limit, offset) = (i64::from(limit), i64::from(offset));
        let rows = read!(self, LIST, fetch_all as RefusalRow, index, project, rule, limit, offset)?;
        let (total,) = read!(self, TOTAL, fetch_one as (i64,), index, project, rule)?;
        let refusals = rows.into_iter().map(Refusal::read).collect::<Result<_>>()?;
        Ok(RefusalPage { refusals, total: value::count(total) })
    }

    /// Deletes the refusals that last happened before `before`, and says how many.
    pub async fn prune_refusals(&self, before: Timestamp) -> Result<u64> {
        alone!(self, prune_refusals(before))
    }
}

impl Tx {
    /// See [`Store::record_refusals`].
    pub async fn record_refusals(
        &mut self,
        refusals: &[NewRefusal],
        now: Timestamp,
    ) -> Result<Vec<RefusalId>> {
        let keys = refusals.iter().map(key).collect::<Result<Vec<Key>>>()?;
        // One row for each key: PostgreSQL does not change a row twice in one statement. In the keys' order: two
        // processes that change the same rows in different orders would block each other.
        let mut counted: BTreeMap<&Key, (&str, u64)> = BTreeMap::new();
        for (key, refusal) in keys.iter().zip(refusals) {
            let entry = counted.entry(key).or_insert(("", 0));
            *entry = (&refusal.sentence, entry.1 + 1);
        }
        let rows = counted.iter().map(|(key, (sentence, times))| {
            let [index, project, version, filename, sha256, rule] = key;
            let sentence = value::sentence(sentence);
            serde_json::json!([index, project, version, filename, sha256, rule, sentence, times])
        });
        let recorded = run!(self, RECORD, fetch_all as KeyRow, value::json_list(rows), now.micros())?;
        let numbers: BTreeMap<Key, RefusalId> = recorded.into_iter().map(KeyRow::split).collect();
        keys.iter()
            .map(|key| {
                numbers.get(key).copied().ok_or_else(|| value::corrupt("recorded refusal", &key.join(" ")))
            })
            .collect()
    }

    /// See [`Store::prune_refusals`].
    pub async fn prune_refusals(&mut self, before: Timestamp) -> Result<u64> {
        execute!(self, PRUNE, before.micros())
    }
}

fn key(refusal: &NewRefusal) -> Result<Key> {
    let version = refusal.version.as_deref().unwrap_or("");
    let filename = refusal.filename.as_deref().unwrap_or("");
    Ok([
        refusal.index.as_str().to_owned(),
        value::name("project's name", refusal.project.as_str())?.to_owned(),
        value::name("version", version)?.to_owned(),
        value::name("filename", filename)?.to_owned(),
        refusal.sha256.map(|sha256| sha256.hex()).unwrap_or_default(),
        value::name("rule's name", &refusal.rule)?.to_owned(),
    ])
}

impl KeyRow {
    fn split(self) -> (Key, RefusalId) {
        let key = [self.index_name, self.project, self.version, self.filename, self.sha256, self.rule];
        (key, RefusalId(self.id))
    }
}

impl Refusal {
    fn read(row: RefusalRow) -> Result<Self> {
        let ([index, project, version, filename, sha256, rule], id) = row.key.split();
        let given = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            id,
            what: NewRefusal {
                index: index.parse().map_err(|_| value::corrupt("name of an index", &index))?,
                project: value::project(&project),
                version: given(version),
                filename: given(filename),
                sha256: value::sha256_or_none(given(sha256).as_deref())?,
                rule,
                sentence: row.sentence,
            },
            first: Timestamp::from_micros(row.first_us),
            last: Timestamp::from_micros(row.last_us),
            times: value::count(row.times),
        })
    }
}

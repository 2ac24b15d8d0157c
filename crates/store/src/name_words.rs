//! What people said about names: that one does not mean another, and which were there before.

use packhouse_model::{ProjectName, Timestamp};
use sqlx::FromRow;

use crate::db::{Text, alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// A person's word that a name does not mean another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameConfirmation {
    /// The name that looks like another.
    pub project: ProjectName,
    /// What it looks like, as the rule calls it.
    pub original: String,
    /// Why it is another thing.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// Since when.
    pub at: Timestamp,
}

statements! {
    OF = both(
        "SELECT project, original, reason, author, confirmed_us FROM name_confirmation WHERE project = $1 ORDER BY original",
    );
    ALL_WORDS = both(
        "SELECT project, original, reason, author, confirmed_us FROM name_confirmation ORDER BY project, original",
    );
    CONFIRM = both(
        "INSERT INTO name_confirmation (project, original, reason, author, confirmed_us) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (project, original) DO UPDATE SET reason = excluded.reason, author = excluded.author, \
                confirmed_us = excluded.confirmed_us",
    );
    RETRACT = both("DELETE FROM name_confirmation WHERE project = $1 AND original = $2");
    ESTABLISH = Text {
        sqlite: "INSERT INTO name_established (name) SELECT value FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
        pg: "INSERT INTO name_established (name) SELECT jsonb_array_elements_text($1::jsonb) ON CONFLICT DO NOTHING",
    };
    IS_ESTABLISHED = both("SELECT COUNT(*) AS found FROM name_established WHERE name = $1");
    ESTABLISHED = both("SELECT COUNT(*) AS total FROM name_established");
}

#[derive(FromRow)]
struct Row {
    project: String,
    original: String,
    reason: String,
    author: String,
    confirmed_us: i64,
}

impl From<Row> for NameConfirmation {
    fn from(row: Row) -> Self {
        Self {
            project: value::project(&row.project),
            original: row.original,
            reason: row.reason,
            author: row.author,
            at: Timestamp::from_micros(row.confirmed_us),
        }
    }
}

impl Store {
    /// What was said of one name.
    pub async fn name_confirmations_of(&self, project: &ProjectName) -> Result<Vec<NameConfirmation>> {
        let rows = read!(self, OF, fetch_all as Row, project.as_str())?;
        Ok(rows.into_iter().map(NameConfirmation::from).collect())
    }

    /// What was said of all names, by name.
    pub async fn name_confirmations(&self) -> Result<Vec<NameConfirmation>> {
        let rows = read!(self, ALL_WORDS, fetch_all as Row)?;
        Ok(rows.into_iter().map(NameConfirmation::from).collect())
    }

    /// Remembers that a name does not mean another one; the last word counts.
    pub async fn confirm_name(&self, word: &NameConfirmation) -> Result<()> {
        alone!(self, confirm_name(word))
    }

    /// Takes such a word back. False when nobody said it.
    pub async fn retract_name(&self, project: &ProjectName, original: &str) -> Result<bool> {
        alone!(self, retract_name(project, original))
    }

    /// Adds names that were there before; any number in one transaction.
    pub async fn establish_names(&self, names: &[ProjectName]) -> Result<()> {
        alone!(self, establish_names(names))
    }

    /// Whether somebody said that this name was there before.
    pub async fn is_established_name(&self, name: &ProjectName) -> Result<bool> {
        let (found,) = read!(self, IS_ESTABLISHED, fetch_one as (i64,), name.as_str())?;
        Ok(found > 0)
    }

    /// How many names are known to have been there before.
    pub async fn established_names(&self) -> Result<u64> {
        let (total,) = read!(self, ESTABLISHED, fetch_one as (i64,))?;
        Ok(value::count(total))
    }
}

impl Tx {
    /// See [`Store::confirm_name`].
    pub async fn confirm_name(&mut self, word: &NameConfirmation) -> Result<()> {
        execute!(
            self,
            CONFIRM,
            value::name("project's name", word.project.as_str())?,
            value::name("name that is looked like", &word.original)?,
            value::sentence(&word.reason).as_ref(),
            value::sentence(&word.author).as_ref(),
            word.at.micros(),
        )?;
        self.facts_changed([&word.project]).await
    }

    /// See [`Store::retract_name`].
    pub async fn retract_name(&mut self, project: &ProjectName, original: &str) -> Result<bool> {
        let gone = execute!(self, RETRACT, project.as_str(), original)?;
        self.facts_changed([project]).await?;
        Ok(gone > 0)
    }

    /// See [`Store::establish_names`].
    pub async fn establish_names(&mut self, names: &[ProjectName]) -> Result<()> {
        for batch in names.chunks(5_000) {
            let list = value::json_list(batch.iter().map(ProjectName::as_str));
            execute!(self, ESTABLISH, list)?;
        }
        self.facts_changed([]).await
    }
}

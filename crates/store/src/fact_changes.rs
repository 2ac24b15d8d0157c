//! Which projects' facts changed: what several processes keep in memory of them is made anew by this.

use packhouse_model::ProjectName;

use crate::db::{both, execute, read, run, statements};
use crate::{Result, Store, Tx, value};

/// What changed since some number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactChanges {
    /// The number of the last change.
    pub last: u64,
    /// Of which projects.
    pub projects: Vec<ProjectName>,
    /// It may be any project: too many changed, or it was long ago.
    pub everything: bool,
}

/// So many changed projects are told one by one.
const MOST: i64 = 2_000;
/// So many numbers are remembered.
const REMEMBERED: i64 = 10_000;

statements! {
    LAST = both("SELECT number FROM fact_mark WHERE id = 1");
    NEXT = both("UPDATE fact_mark SET number = number + 1 WHERE id = 1");
    ADD = both("INSERT INTO fact_change (number, project) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    PRUNE = both("DELETE FROM fact_change WHERE number < $1");
    SINCE = both("SELECT DISTINCT project FROM fact_change WHERE number > $1 ORDER BY project LIMIT $2");
}

impl Store {
    /// The number of the last change.
    pub async fn last_fact_change(&self) -> Result<u64> {
        let (number,) = read!(self, LAST, fetch_one as (i64,))?;
        Ok(value::count(number))
    }

    /// What changed after the change with this number.
    pub async fn fact_changes(&self, after: u64) -> Result<FactChanges> {
        // The number first: what changes between the two reads is told again the next time.
        let last = self.last_fact_change().await?;
        if last <= after {
            return Ok(FactChanges { last, ..FactChanges::default() });
        }
        let rows = read!(self, SINCE, fetch_all as (String,), value::column(after), MOST + 1)?;
        let any = rows.iter().any(|(project,)| project.is_empty());
        let forgotten = value::column(last) - value::column(after) >= REMEMBERED;
        if any || forgotten || rows.len() as i64 > MOST {
            return Ok(FactChanges { last, projects: Vec::new(), everything: true });
        }
        let projects = rows.iter().map(|(project,)| value::project(project)).collect();
        Ok(FactChanges { last, projects, everything: false })
    }
}

impl Tx {
    /// Says that facts of these projects changed in this transaction; of none in particular: of all.
    ///
    /// The row of the number is held until the transaction ends, so that whoever reads a number has all before it.
    pub async fn facts_changed<'a>(
        &mut self,
        projects: impl IntoIterator<Item = &'a ProjectName>,
    ) -> Result<()> {
        execute!(self, NEXT)?;
        let (number,) = run!(self, LAST, fetch_one as (i64,))?;
        let mut none = true;
        for project in projects {
            none = false;
            execute!(self, ADD, number, value::name("project's name", project.as_str())?)?;
        }
        if none {
            execute!(self, ADD, number, "")?;
        }
        execute!(self, PRUNE, number - REMEMBERED)?;
        Ok(())
    }
}

//! `suite rollback`: what it would do is shown before it is signed, and what does not come back is named in what is signed.

use clap::Args;
use packhouse_client::{Client, Fetched, LeftOut as Row, Rollback as Preview};
use packhouse_distribution::Release;
use packhouse_distribution::act::{Because, LeftOut, Snapshot};
use packhouse_model::SuiteName;

use super::remote::failed;
use super::session::Session;
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// Releases that a line names.
const MOST_NAMED: usize = 20;

/// `suite rollback …`.
#[derive(Debug, Args)]
pub(super) struct Rollback {
    /// Which suite
    name: SuiteName,
    /// The number of that snapshot
    #[arg(long, value_name = "SERIAL")]
    to: u64,
    /// Why
    #[arg(long)]
    reason: String,
    /// Show what it would do, and sign nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Sign although something does not come back
    #[arg(long)]
    yes: bool,
}

impl Rollback {
    async fn preview(&self, client: &Client) -> Result<Fetched<Preview>, Failure> {
        client.rollback(self.name.as_str(), self.to).await.map_err(|error| failed(&error))
    }

    /// Shows what it would do.
    pub(super) async fn look(&self, common: &Common, client: &Client) -> Result<Outcome, Failure> {
        let preview = self.preview(client).await?;
        if common.json {
            return Ok(show::json(&preview.json));
        }
        self.show(&preview.document);
        Ok(Outcome::Done)
    }

    /// Shows it, and signs it unless something does not come back that nobody has agreed to.
    pub(super) async fn sign(&self, common: &Common, session: &mut Session) -> Result<(), Failure> {
        let preview = self.preview(&session.client).await?.document;
        if !common.json {
            self.show(&preview);
        }
        if !preview.left_out.is_empty() && !self.yes {
            let list = named(preview.left_out.iter().map(|left| left.release.clone()));
            return Err(Failure::no(format!("{list} would not come back with {}@{}", self.name, self.to))
                .with_hint("--yes signs all the same; the statement then names them"));
        }
        let left_out = preview.left_out.iter().map(said).collect::<Result<_, _>>()?;
        let reason = self.reason.clone();
        let act = Snapshot {
            suite: self.name.clone(),
            serial: preview.serial,
            adds: Vec::new(),
            removes: Vec::new(),
            because: Because::Rollback { to: self.to, reason, left_out: Some(left_out) },
            contents: preview.contents,
        };
        session.say(act, &[]).await?;
        Ok(())
    }

    fn show(&self, preview: &Preview) {
        let (name, to) = (&self.name, self.to);
        out!("{name}@{} becomes what {name}@{to} was", preview.serial);
        let comes = preview.adds.iter().map(|added| format!("+{}", added.release));
        let changes: Vec<String> =
            comes.chain(preview.removes.iter().map(|gone| format!("-{gone}"))).collect();
        if !changes.is_empty() {
            out!("  {}", named(changes.into_iter()));
        }
        if preview.left_out.is_empty() {
            return;
        }
        out!("\nDoes not come back:");
        let row = |left: &Row| vec![left.release.clone(), left.why.clone(), show::plain(&left.sentence)];
        let rows: Vec<Vec<String>> = preview.left_out.iter().map(row).collect();
        tables::rows(&["release", "why", ""], &rows);
        if !preview.stays.is_empty() {
            out!("\nStays, so that there is no gap: {}", named(preview.stays.iter().cloned()));
        }
        out!("");
    }
}

/// As a statement says it.
fn said(left: &Row) -> Result<LeftOut, Failure> {
    let release: Release = show::parsed("the server named a release", &left.release)?;
    let why = show::word(&left.why).map_err(|problem| {
        Failure::no(format!("{} stays out, and this program is older: {problem}", left.release))
    })?;
    Ok(LeftOut { release, why })
}

fn named(releases: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = releases.collect();
    let more = all.len().saturating_sub(MOST_NAMED);
    let mut list = all.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    list
}

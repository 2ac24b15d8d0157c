use clap::Args;

use super::remote::{Remote, failed};
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// `queue`.
#[derive(Debug, Args)]
pub(crate) struct Queue {
    #[command(flatten)]
    remote: Remote,
    /// Only what a review by this maintainer would help on
    #[arg(long = "for", value_name = "ID")]
    who: Option<String>,
}

/// `packhouse queue`.
pub(super) async fn run(common: &Common, queue: &Queue) -> Result<Outcome, Failure> {
    let items = queue.remote.client()?.queue(queue.who.as_deref()).await.map_err(|error| failed(&error))?;
    if common.json {
        return Ok(show::json(&items.json));
    }
    if items.document.is_empty() {
        out!("nothing waits");
        return Ok(Outcome::Done);
    }
    let rows: Vec<Vec<String>> = items
        .document
        .iter()
        .map(|item| {
            let deadline = item.deadline.minute();
            let claim = item.claim.as_ref();
            vec![
                item.release.clone(),
                item.risk.clone(),
                item.lines.to_string(),
                if item.overdue { format!("{deadline} (overdue)") } else { deadline },
                claim.map_or(String::new(), |claim| claim.by.clone()),
                match item.reason.as_str() {
                    "lost-reviews" => format!("lost its reviews: {}", show::plain(&item.sentence)),
                    _ => show::plain(&item.sentence),
                },
            ]
        })
        .collect();
    tables::rows(&["release", "risk", "lines", "by", "claimed", "reviews"], &rows);
    Ok(Outcome::Done)
}

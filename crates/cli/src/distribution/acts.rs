use clap::Args;
use packhouse_distribution::act::Approve as Act;

use super::remote::{Remote, Signing, failed};
use super::session::Session;
use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// `approve`.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    /// The number of the act's entry; without it, those that wait are listed
    #[arg(value_name = "ENTRY")]
    entry: Option<u64>,
}

/// `packhouse approve`.
pub(super) async fn approve(common: &Common, approve: &Approve) -> Result<Outcome, Failure> {
    let client = approve.remote.client()?;
    let pending = client.pending().await.map_err(|error| failed(&error))?;
    let Some(entry) = approve.entry else {
        if common.json {
            return Ok(show::json(&pending.json));
        }
        if pending.document.is_empty() {
            out!("nothing waits for a second person");
        }
        for act in &pending.document {
            print(act);
        }
        return Ok(Outcome::Done);
    };
    let mut session = Session::open(common, &approve.remote, &approve.signing).await?;
    // What is agreed to is seen first; a violation is lifted by approving it too, and stands in no list.
    if let Some(act) = pending.document.iter().find(|act| act.entry == entry)
        && !common.json
    {
        print(act);
    }
    session.say(Act { entry }, &[]).await?;
    Ok(session.done())
}

fn print(act: &packhouse_client::Pending) {
    out!("entry {}  {} by {} on {}", act.entry, act.act, act.by, act.at.minute());
    if let Some(fields) = act.predicate.as_object() {
        for (field, value) in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            out!("  {field:<12} {}", show::plain(&text));
        }
    }
}

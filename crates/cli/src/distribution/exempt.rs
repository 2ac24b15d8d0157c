//! Exemptions: releases that are taken without a review, until a date.

use clap::{ArgGroup, Args};
use packhouse_client::Exemption;
use packhouse_distribution::Release;
use packhouse_distribution::act::{Exempt as Act, ExemptEnd};
use packhouse_model::Timestamp;

use super::remote::{Remote, Signing, failed};
use super::session::{Session, chosen};
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

const EXAMPLES: &str = "\
Examples:
  packhouse exempt six==1.17.0 --until 2027-01-31 --reason 'in use for years; read before it ends'
  packhouse exempt --end 42 --reason 'it was read, and lacks'      by who signed it, or a release manager
  packhouse exempt                                 those that there are

An exemption stands in for signatures on the exact bytes, for at most 180 days, and is for release managers and
security. When it ends, the release stays where it is, and moves no further without reviews; so do others whose reviews
build on it.";

/// `exempt`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("what").args(["release", "end"]))]
pub(crate) struct Exempt {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    /// Such as flask==3.1.0; without it, the exemptions are listed
    #[arg(value_name = "RELEASE", value_parser = show::release, requires = "until", requires = "reason")]
    release: Option<Release>,
    /// Until when, at most 180 days ahead
    #[arg(long, value_name = "DATE", value_parser = show::date, requires = "release")]
    until: Option<Timestamp>,
    /// Why
    #[arg(long, requires = "what")]
    reason: Option<String>,
    /// End the exemption of this entry now, before its date
    #[arg(long, value_name = "ENTRY", requires = "reason")]
    end: Option<u64>,
    /// Only this file; may be repeated [default: all of the release]
    #[arg(long = "file", value_name = "NAME", requires = "release")]
    files: Vec<String>,
    /// What is taken for met; may be repeated
    #[arg(long = "criteria", value_name = "NAME", default_value = "safe-to-run", value_delimiter = ',')]
    criteria: Vec<String>,
}

/// `packhouse exempt`.
pub(super) async fn run(common: &Common, exempt: &Exempt) -> Result<Outcome, Failure> {
    if let (Some(entry), Some(reason)) = (exempt.end, &exempt.reason) {
        return end(common, exempt, entry, reason).await;
    }
    let (Some(release), Some(until), Some(reason)) = (&exempt.release, exempt.until, &exempt.reason) else {
        let answer = exempt.remote.client()?.exemptions(None).await.map_err(|error| failed(&error))?;
        return Ok(if common.json { show::json(&answer.json) } else { list(&answer.document) });
    };
    let mut session = Session::open(common, &exempt.remote, &exempt.signing).await?;
    let document = session.release(release).await?;
    let files = chosen(&document, &exempt.files)?;
    for (name, sha256) in &files {
        session.tell(format_args!("{sha256}  {name}"));
    }
    let act =
        Act { release: release.clone(), criteria: exempt.criteria.clone(), until, reason: reason.clone() };
    session.say(act, &files).await?;
    let after = session.release(release).await?;
    session.tell(format_args!("{release}: {}, {}", after.state.state, show::plain(&after.sentence)));
    Ok(session.done())
}

async fn end(common: &Common, exempt: &Exempt, entry: u64, reason: &str) -> Result<Outcome, Failure> {
    let mut session = Session::open(common, &exempt.remote, &exempt.signing).await?;
    session.say(ExemptEnd { entry, reason: reason.to_owned() }, &[]).await?;
    let all = session.client.exemptions(None).await.map_err(|error| failed(&error))?.document;
    if let Some(one) = all.iter().find(|one| one.entry == entry) {
        let release = one
            .release
            .parse::<Release>()
            .map_err(|error| Failure::fault("the server named a release", &error))?;
        let after = session.release(&release).await?;
        session.tell(format_args!("{release}: {}, {}", after.state.state, show::plain(&after.sentence)));
    }
    Ok(session.done())
}

fn list(exemptions: &[Exemption]) -> Outcome {
    if exemptions.is_empty() {
        out!("nothing is exempt from review");
        return Outcome::Done;
    }
    let rows: Vec<Vec<String>> = exemptions
        .iter()
        .map(|one| {
            vec![
                one.entry.to_string(),
                one.release.clone(),
                one.until.date(),
                one.by.clone(),
                one.why_not.as_ref().map_or_else(|| "holds".to_owned(), |why| show::plain(why)),
                show::plain(&one.reason),
            ]
        })
        .collect();
    tables::rows(&["entry", "release", "until", "by", "", "reason"], &rows);
    Outcome::Done
}

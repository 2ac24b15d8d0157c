//! Named transitions: what moves to a suite together or not at all.

use clap::{Args, Subcommand};
use packhouse_client::Transition as Document;
use packhouse_distribution::act::{Member, Transition as Act, TransitionEnd};
use packhouse_model::{SuiteName, Timestamp};
use packhouse_pypi::requirement::Requirement;

use super::remote::{Remote, Signing, failed};
use super::session::Session;
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

const EXAMPLES: &str = "\
Examples:
  packhouse transition add flask-3 'flask>=3' 'werkzeug>=3,<4' --reason 'the new application context'
  packhouse transition list
  packhouse transition end flask-3 --reason 'all of it is in testing'

What is in an open transition moves when all of it is there, and installs. `transition add` with a name that is open
replaces its members. In a freeze that asks for approval, one that a release manager signs is approved.";

/// `transition …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Transition {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: TransitionCommand,
}

#[derive(Debug, Subcommand)]
enum TransitionCommand {
    /// Name what moves together
    Add {
        /// Its name, such as flask-3
        name: String,
        /// Projects with their versions, such as 'flask>=3'
        #[arg(required = true, value_name = "MEMBER", value_parser = member)]
        members: Vec<Member>,
        /// To which suite
        #[arg(long, default_value = "testing")]
        suite: SuiteName,
        /// When it is meant to be done
        #[arg(long, value_name = "DATE", value_parser = show::date)]
        deadline: Option<Timestamp>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List the transitions, and how far they are
    List {
        /// Also those that ended
        #[arg(long)]
        all: bool,
    },
    /// End one: its members move as they may
    End {
        /// Its name
        name: String,
        /// To which suite
        #[arg(long, default_value = "testing")]
        suite: SuiteName,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

fn member(text: &str) -> Result<Member, String> {
    let read = Requirement::parse(text).map_err(|error| error.to_string())?;
    let versions = read.specifiers().filter(|versions| !versions.is_empty()).map(ToString::to_string);
    match versions {
        Some(versions) if read.extras.is_empty() && read.marker.is_none() => {
            Ok(Member { project: read.project, versions })
        }
        _ => Err("expected a project with versions, such as flask>=3".to_owned()),
    }
}

/// `packhouse transition …`.
pub(super) async fn run(common: &Common, transition: &Transition) -> Result<Outcome, Failure> {
    let remote = &transition.remote;
    match &transition.command {
        TransitionCommand::List { all } => {
            let answer = remote.client()?.transitions().await.map_err(|error| failed(&error))?;
            if common.json {
                return Ok(show::json(&answer.json));
            }
            list(answer.document.iter().filter(|one| *all || one.why_not.is_none()));
            Ok(Outcome::Done)
        }
        TransitionCommand::Add { name, members, suite, deadline, reason } => {
            let act = Act {
                name: name.clone(),
                suite: suite.clone(),
                members: members.clone(),
                reason: reason.clone(),
                deadline: *deadline,
            };
            say(common, transition, act.into()).await
        }
        TransitionCommand::End { name, suite, reason } => {
            let act = TransitionEnd { name: name.clone(), suite: suite.clone(), reason: reason.clone() };
            say(common, transition, act.into()).await
        }
    }
}

async fn say(
    common: &Common,
    transition: &Transition,
    act: packhouse_distribution::Act,
) -> Result<Outcome, Failure> {
    let mut session = Session::open(common, &transition.remote, &transition.signing).await?;
    session.say(act, &[]).await?;
    Ok(session.done())
}

fn list<'a>(transitions: impl Iterator<Item = &'a Document>) {
    let mut none = true;
    for one in transitions {
        none = false;
        let deadline = one.deadline.map_or_else(String::new, |deadline| {
            format!(", {} {}", if one.overdue { "OVERDUE since" } else { "due" }, deadline.date())
        });
        let over = one.why_not.as_ref().map_or_else(String::new, |why| format!(" ({})", show::plain(why)));
        let approved = if one.approved { ", approved" } else { "" };
        out!(
            "{} to {}, by {} since {}{deadline}{approved}{over}: {}",
            one.name,
            one.suite,
            one.by,
            one.opened.date(),
            show::plain(&one.reason)
        );
        let rows: Vec<Vec<String>> = one
            .members
            .iter()
            .map(|member| {
                vec![format!("  {}", member.progress), member.project.clone(), show::plain(&member.versions)]
            })
            .collect();
        tables::rows(&["", "project", "versions"], &rows);
    }
    if none {
        out!("no transition is open");
    }
}

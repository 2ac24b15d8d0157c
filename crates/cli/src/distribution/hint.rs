use clap::{Args, Subcommand};
use packhouse_distribution::Release;
use packhouse_distribution::act::{Hint as Act, HintEnd, HintKind};
use packhouse_model::{SuiteName, Timestamp};

use super::remote::{Remote, Signing};
use super::session::Session;
use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};

const EXAMPLES: &str = "\
Examples:
  packhouse hint block flask==3.1.0 --reason 'breaks sessions'
  packhouse hint unblock flask==3.1.0 --suite testing --reason 'fixes a hole, read twice'
  packhouse hint age flask==3.1.0 --days 2 --reason 'urgent'
  packhouse hint waive reb==2.0 --fact wheel-coverage --until 2027-01-31 --reason 'nobody uses it there'
  packhouse hint end 41 --reason 'fixed'

A hint holds for the exact bytes of the release: a newer upload voids it.";

/// `hint …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Hint {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: HintCommand,
}

#[derive(Debug, Subcommand)]
enum HintCommand {
    /// It must not move
    Block(About),
    /// It may move although the stage asks for approval
    Unblock(About),
    /// It waits this many days instead
    Age {
        #[command(flatten)]
        about: About,
        /// How many
        #[arg(long)]
        days: u32,
    },
    /// It moves although a fact speaks against it
    Waive {
        #[command(flatten)]
        about: About,
        /// The rule, such as wheel-coverage; or installability
        #[arg(long)]
        fact: String,
        /// For installability: a project that may break; may be repeated
        #[arg(long = "name", value_name = "PROJECT")]
        names: Vec<String>,
        /// Until when, at most 180 days ahead
        #[arg(long, value_name = "DATE", value_parser = show::date)]
        until: Timestamp,
    },
    /// It may go through the security lane
    Security(About),
    /// Take a hint back
    End {
        /// The number of its entry
        entry: u64,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct About {
    /// Such as flask==3.1.0
    #[arg(value_parser = show::release)]
    release: Release,
    /// For which suite
    #[arg(long, default_value = "testing")]
    suite: SuiteName,
    /// Why
    #[arg(long)]
    reason: String,
}

/// `packhouse hint …`.
pub(super) async fn run(common: &Common, hint: &Hint) -> Result<Outcome, Failure> {
    let mut session = Session::open(common, &hint.remote, &hint.signing).await?;
    let act = match &hint.command {
        HintCommand::End { entry, reason } => {
            session.say(HintEnd { entry: *entry, reason: reason.clone() }, &[]).await?;
            return Ok(session.done());
        }
        HintCommand::Block(about) => of(about, HintKind::Block),
        HintCommand::Unblock(about) => of(about, HintKind::Unblock),
        HintCommand::Security(about) => of(about, HintKind::Security),
        HintCommand::Age { about, days } => Act { days: Some(*days), ..of(about, HintKind::AgeDays) },
        HintCommand::Waive { about, fact, names, until } => Act {
            fact: Some(fact.clone()),
            names: names.iter().cloned().collect(),
            until: Some(*until),
            ..of(about, HintKind::Waive)
        },
    };
    let files = session.subjects(&act.release, &[]).await?;
    session.say(act, &files).await?;
    Ok(session.done())
}

fn of(about: &About, kind: HintKind) -> Act {
    Act {
        suite: about.suite.clone(),
        release: about.release.clone(),
        kind,
        days: None,
        fact: None,
        names: std::collections::BTreeSet::new(),
        until: None,
        reason: about.reason.clone(),
    }
}

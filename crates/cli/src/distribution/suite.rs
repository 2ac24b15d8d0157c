use clap::{Args, Subcommand};
use packhouse_client::{HeldFix, Suite as Row, SuiteDetail};
use packhouse_distribution::act::{
    Because, Environment, Profile, Promise, ReleaseSuite, SetStage, Snapshot, Stage, SuiteKind, SuiteSet,
};
use packhouse_model::{SuiteName, Timestamp};

use super::remote::{Remote, Signing, failed};
use super::rollback::Rollback;
use super::session::Session;
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

const EXAMPLES: &str = "\
Examples:
  packhouse suite set unstable --kind unstable --environment 'cp312 manylinux_2_28_x86_64'
  packhouse suite set testing --kind testing --source unstable --environment 'cp312 manylinux_2_28_x86_64'
  packhouse suite stage testing soft-freeze --reason 'towards 1.0'
  packhouse suite begin apricot-updates --from apricot@1 --reason 'proposed updates of apricot'
  packhouse suite rollback testing --to 12 --reason 'snapshot 13 broke the web profile' --dry-run

Stages: development, toolchain-freeze, soft-freeze, hard-freeze, full-freeze, end-of-life.";

/// `suite …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Suite {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: SuiteCommand,
}

#[derive(Debug, Subcommand)]
enum SuiteCommand {
    /// List the suites
    List,
    /// Show a suite: environments, contents
    Show {
        /// Its name
        name: String,
    },
    /// Make a suite, or replace its settings
    Set(Set),
    /// Say where a suite stands between two releases
    Stage {
        /// Which suite
        name: SuiteName,
        /// Where it stands from now on
        #[arg(value_parser = show::word::<Stage>)]
        stage: Stage,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Begin a new suite of kind testing with what another one holds: proposed updates of a released suite
    Begin {
        /// Which suite
        name: SuiteName,
        /// What it begins with, such as apricot@1
        #[arg(long, value_name = "SUITE@N")]
        from: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Give a suite the contents of an older snapshot again, as far as nothing speaks against what would come back
    Rollback(Rollback),
}

#[derive(Debug, Args)]
struct Set {
    /// Its name: testing, or a codename
    name: SuiteName,
    /// What it is for: unstable, testing, stable or security
    #[arg(long, value_parser = show::word::<SuiteKind>)]
    kind: SuiteKind,
    /// The suite that its releases come from
    #[arg(long, value_name = "SUITE")]
    source: Option<SuiteName>,
    /// Where everything in it must install: an interpreter and a platform in the words of wheel tags; may be repeated
    #[arg(long = "environment", value_name = "PYTHON PLATFORM", required = true)]
    environments: Vec<String>,
    /// An environment that may lag behind; may be repeated
    #[arg(long = "may-lag", value_name = "PYTHON PLATFORM")]
    may_lag: Vec<String>,
    /// What must install together: NAME=REQUIREMENT,REQUIREMENT; may be repeated
    #[arg(long = "profile", value_name = "NAME=REQUIREMENT,…", value_parser = profile)]
    profiles: Vec<Profile>,
    /// Until when a stable suite is looked after
    #[arg(long, value_name = "DATE", value_parser = show::date)]
    supported_until: Option<Timestamp>,
}

/// `release`.
#[derive(Debug, Args)]
pub(crate) struct Release {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    /// The stable suite, by its codename
    #[arg(value_name = "SUITE")]
    suite: SuiteName,
    /// Such as 1.0, or 1.1 for a point release
    #[arg(value_name = "VERSION")]
    version: String,
    /// What it is made of: a suite, or a snapshot of one such as testing@12
    #[arg(long, value_name = "SUITE[@N]")]
    from: String,
    /// Until when fixes come
    #[arg(long, value_name = "DATE", value_parser = show::date)]
    supported_until: Timestamp,
}

fn profile(text: &str) -> Result<Profile, String> {
    let (name, requires) = text.split_once('=').ok_or("expected NAME=REQUIREMENT,REQUIREMENT")?;
    let requires: Vec<String> = requires.split(',').map(|one| one.trim().to_owned()).collect();
    for one in &requires {
        packhouse_pypi::requirement::Requirement::parse(one).map_err(|error| error.to_string())?;
    }
    Ok(Profile { name: name.trim().to_owned(), requires })
}

/// `packhouse suite …`.
pub(super) async fn run(common: &Common, suite: &Suite) -> Result<Outcome, Failure> {
    let remote = &suite.remote;
    match &suite.command {
        SuiteCommand::List => {
            let all = remote.client()?.suites().await.map_err(|error| failed(&error))?;
            return Ok(if common.json { show::json(&all.json) } else { list(&all.document) });
        }
        SuiteCommand::Show { name } => {
            let client = remote.client()?;
            let one = client.suite(name).await.map_err(|error| failed(&error))?;
            if common.json {
                return Ok(show::json(&one.json));
            }
            let outcome = detail(&one.document);
            if one.document.kind == "security" {
                held(&client.held_fixes(name).await.map_err(|error| failed(&error))?.document);
            }
            return Ok(outcome);
        }
        SuiteCommand::Rollback(rollback) if rollback.dry_run => {
            return rollback.look(common, &remote.client()?).await;
        }
        _ => {}
    }
    let mut session = Session::open(common, remote, &suite.signing).await?;
    match &suite.command {
        SuiteCommand::Set(set) => {
            let environment =
                |lag: bool| move |name: &String| Environment { name: name.clone(), may_lag: lag };
            let required = set.environments.iter().map(environment(false));
            let act = SuiteSet {
                suite: set.name.clone(),
                kind: set.kind,
                source: set.source.clone(),
                environments: required.chain(set.may_lag.iter().map(environment(true))).collect(),
                profiles: set.profiles.clone(),
                supported_until: set.supported_until,
            };
            session.say(act, &[]).await?;
        }
        SuiteCommand::Stage { name, stage, reason } => {
            let act = SetStage { suite: name.clone(), stage: *stage, reason: reason.clone() };
            session.say(act, &[]).await?;
        }
        SuiteCommand::Begin { name, from, reason } => {
            let (suite, serial) = show::snapshot("--from", from)?;
            let because = Because::Begin { from: suite.clone(), serial, reason: reason.clone() };
            begin(&mut session, name, (&suite, serial), because).await?;
        }
        SuiteCommand::Rollback(rollback) => rollback.sign(common, &mut session).await?,
        SuiteCommand::List | SuiteCommand::Show { .. } => {}
    }
    Ok(session.done())
}

/// Gives a new suite the contents of another one's snapshot.
async fn begin(
    session: &mut Session,
    name: &SuiteName,
    (from, serial): (&SuiteName, u64),
    because: Because,
) -> Result<(), Failure> {
    let suite = session.client.suite(name.as_str()).await.map_err(|error| failed(&error))?.document;
    let snapshot = session.client.snapshot(from.as_str(), serial).await;
    let snapshot = snapshot.map_err(|error| failed(&error))?.document;
    let contents = snapshot
        .releasable
        .ok_or_else(|| Failure::no(format!("the contents of {from}@{serial} are not known any more")))?;
    session.tell(format_args!(
        "{name}@{} becomes what {from}@{serial} of {} was",
        suite.serial + 1,
        snapshot.at.minute()
    ));
    let act = Snapshot {
        suite: name.clone(),
        serial: suite.serial + 1,
        adds: Vec::new(),
        removes: Vec::new(),
        because,
        contents,
    };
    session.say(act, &[]).await?;
    Ok(())
}

/// `packhouse release`.
pub(super) async fn release(common: &Common, release: &Release) -> Result<Outcome, Failure> {
    let mut session = Session::open(common, &release.remote, &release.signing).await?;
    let (from, serial) = match release.from.split_once('@') {
        Some((from, serial)) => (from, Some(show::parsed::<u64>("--from", serial)?)),
        None => (release.from.as_str(), None),
    };
    let serial = match serial {
        Some(serial) => serial,
        None => session.client.suite(from).await.map_err(|error| failed(&error))?.document.serial,
    };
    let snapshot = session.client.snapshot(from, serial).await.map_err(|error| failed(&error))?.document;
    session.tell(format_args!(
        "{} {} is {from}@{serial}, contents sha256:{}",
        release.suite, release.version, snapshot.contents
    ));
    let act = ReleaseSuite {
        suite: release.suite.clone(),
        version: release.version.clone(),
        from: show::parsed("--from", from)?,
        serial,
        contents: snapshot.contents,
        promise: Promise { supported_until: release.supported_until },
    };
    let submitted = session.say(act, &[]).await?;
    session.tell(format_args!("a second person agrees with: packhouse approve {}", submitted.number));
    Ok(session.done())
}

fn list(all: &[Row]) -> Outcome {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|suite| {
            vec![
                suite.name.clone(),
                suite.kind.clone(),
                suite.stage.clone(),
                suite.source.clone().unwrap_or_default(),
                suite.serial.to_string(),
                suite.projects.to_string(),
                suite.released.as_ref().map_or(String::new(), |released| released.version.clone()),
            ]
        })
        .collect();
    tables::rows(&["suite", "kind", "stage", "source", "snapshot", "projects", "released"], &rows);
    Outcome::Done
}

/// What was sent through the security lane and would break something.
fn held(fixes: &[HeldFix]) {
    for fix in fixes {
        out!("  {} is held back: with it these could not be installed any more", fix.release);
        for one in &fix.breaks {
            let why = show::plain(&one.why.join("; "));
            out!("    {} by the index of {} ({}): {why}", one.root, one.suite, one.environment);
        }
    }
}

fn detail(suite: &SuiteDetail) -> Outcome {
    out!("{}, {}, {}, snapshot {}", suite.name, suite.kind, suite.stage, suite.serial);
    if let Some(source) = &suite.source {
        out!("  from      {source}");
    }
    if let Some(released) = &suite.released {
        out!("  released  {} on {}", released.version, released.at.date());
    }
    for environment in &suite.environments {
        let lag = if environment.may_lag { " (may lag)" } else { "" };
        out!("  for       {}{lag}", environment.name);
    }
    for placed in &suite.contents {
        out!(
            "  {}  {}, since {}",
            placed.release,
            show::count(placed.files.len() as u64, "file"),
            placed.since.date()
        );
    }
    Outcome::Done
}

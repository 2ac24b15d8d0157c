use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use packhouse_client::{Needed, Project as Row, ProjectDetail, ReleaseLine};
use packhouse_distribution::act::{Orphan, ProjectAdd, Salvage, Steward, StewardAction, Tier};
use packhouse_model::{MaintainerId, ProjectName};

use super::preflight::Preflight;
use super::remote::{Remote, Signing, failed};
use super::requirements::{self, Wanted};
use super::session::Session;
use super::{show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::{err, out};

/// Requirements of one question.
const AT_ONCE: usize = 50;

const EXAMPLES: &str = "\
Examples:
  packhouse project add flask                     flask and all that it needs
  packhouse project add -r requirements.txt       what a file asks for; pinned versions are taken in at once
  packhouse project add uv.lock --dry-run         what that would come to
  packhouse project adopt flask                   look after it yourself";

/// `project …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Project {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: ProjectCommand,
}

#[derive(Debug, Subcommand)]
enum ProjectCommand {
    /// Take projects with all that they need under maintenance
    Add(Add),
    /// List the projects under maintenance
    List,
    /// Show a project: releases, reviews, suites
    Show {
        /// Its name
        name: String,
    },
    /// Look after a project
    Adopt {
        /// Its name
        name: String,
    },
    /// Stop looking after a project
    Disown {
        /// Its name
        name: String,
        /// Whose care ends, as a release manager [default: yours]
        #[arg(long)]
        of: Option<MaintainerId>,
    },
    /// Say as a release manager that nobody answers for a project
    Orphan {
        /// Its name
        name: String,
        /// It leaves the distribution, instead of waiting for somebody who adopts it
        #[arg(long)]
        retire: bool,
        /// Retire it although releases of suites would break: in unstable they may then
        #[arg(long, requires = "retire")]
        yes: bool,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Ask to take a neglected project over, or object to that
    Salvage {
        /// Its name
        name: String,
        /// Object, as somebody who looks after it
        #[arg(long)]
        object: bool,
        /// What shows the neglect, or why not
        #[arg(long)]
        reason: String,
    },
    /// Have the upstream looked at now for new releases; needs a token
    Watch {
        /// Its name
        name: String,
        /// A token with the scope `watch`
        #[arg(long, env = "PACKHOUSE_TOKEN", hide_env_values = true)]
        token: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// Names, requirements such as 'flask>=3', or files
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// A requirements.txt or a lockfile; may be repeated
    #[arg(short = 'r', long = "requirement", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How much depends on them: leaf, shared or key [default: shared for what others need, else leaf]
    #[arg(long, value_parser = show::word::<Tier>)]
    tier: Option<Tier>,
    /// Which versions are kept: (latest), 2.(latest), (any).(latest); may be repeated
    #[arg(long = "series", value_name = "WORDS", default_value = "(latest)")]
    series: Vec<String>,
    /// Only say what would be added
    #[arg(long)]
    dry_run: bool,
}

/// `packhouse project …`.
pub(super) async fn run(common: &Common, project: &Project) -> Result<Outcome, Failure> {
    let remote = &project.remote;
    match &project.command {
        ProjectCommand::List => {
            let all = remote.client()?.projects().await.map_err(|error| failed(&error))?;
            Ok(if common.json { show::json(&all.json) } else { list(&all.document) })
        }
        ProjectCommand::Show { name } => {
            let one = remote.client()?.project(name).await.map_err(|error| failed(&error))?;
            Ok(if common.json { show::json(&one.json) } else { detail(&one.document) })
        }
        ProjectCommand::Watch { name, token } => {
            let client = remote.client_with(token.as_deref())?;
            let queued = client.watch(name).await.map_err(|error| failed(&error))?;
            if common.json {
                return Ok(show::json(&queued.json));
            }
            out!("the upstream is looked at for {name}");
            Ok(Outcome::Done)
        }
        ProjectCommand::Add(asked) => add(common, project, asked).await,
        _ => {
            let mut session = Session::open(common, remote, &project.signing).await?;
            say(common, &mut session, &project.command).await?;
            Ok(session.done())
        }
    }
}

async fn say(common: &Common, session: &mut Session, command: &ProjectCommand) -> Result<(), Failure> {
    let steward = |project, maintainer, action| Steward { project, maintainer, action };
    match command {
        ProjectCommand::Adopt { name } => {
            let act = steward(named(name)?, session.me.clone(), StewardAction::Adopt);
            session.say(act, &[]).await?;
        }
        ProjectCommand::Disown { name, of } => {
            let who = of.clone().unwrap_or_else(|| session.me.clone());
            session.say(steward(named(name)?, who, StewardAction::Leave), &[]).await?;
        }
        ProjectCommand::Orphan { name, retire, yes, reason } => {
            let project = named(name)?;
            let mut preflight = Preflight::default();
            // What waits for somebody stays where it is.
            if *retire {
                let asked = session.client.project_dependents(project.as_str()).await;
                let listed = asked.map_err(|error| failed(&error))?.json;
                preflight = Preflight::of(common, listed, &format!("with {project} retired"), *yes)?;
            }
            let act = Orphan {
                project,
                retire: *retire,
                reason: reason.clone(),
                dependents: preflight.dependents,
                preflight: preflight.digest,
            };
            session.say(act, &[]).await?;
        }
        ProjectCommand::Salvage { name, object, reason } => {
            let act = Salvage { project: named(name)?, object: *object, reason: reason.clone() };
            session.say(act, &[]).await?;
        }
        _ => {}
    }
    Ok(())
}

fn named(name: &str) -> Result<ProjectName, Failure> {
    packhouse_pypi::normalize(name).map_err(|error| Failure::wrong_use(chain(&error)))
}

async fn add(common: &Common, project: &Project, asked: &Add) -> Result<Outcome, Failure> {
    let wanted = requirements::read(&asked.names, &asked.files)?;
    for skipped in &wanted.skipped {
        err!("skipped: {}", show::plain(skipped));
    }
    let client = project.remote.client()?;
    let mut needed: BTreeMap<String, Needed> = BTreeMap::new();
    for some in wanted.requirements.chunks(AT_ONCE) {
        let closure = client.closure(some).await.map_err(|error| failed(&error))?;
        for one in closure.document {
            let known = needed.entry(one.project.clone()).or_insert_with(|| one.clone());
            known.needed_by.extend(one.needed_by);
        }
    }
    let known = client.projects().await.map_err(|error| failed(&error))?.document;
    let acts = acts(asked, &wanted, &needed, &known)?;
    if !common.json {
        announce(&acts, needed.len());
    }
    if asked.dry_run {
        if common.json {
            let list = acts.iter().map(|act| serde_json::to_value(act).unwrap_or_default());
            out!("{}", serde_json::json!({ "would_add": list.collect::<Vec<_>>() }));
        }
        return Ok(Outcome::Done);
    }
    let mut session = Session::open(common, &project.remote, &project.signing).await?;
    for act in acts {
        session.say(act, &[]).await?;
    }
    Ok(session.done())
}

/// One act for each project that is new, or of which further versions are asked for.
fn acts(
    asked: &Add,
    wanted: &Wanted,
    needed: &BTreeMap<String, Needed>,
    known: &[Row],
) -> Result<Vec<ProjectAdd>, Failure> {
    let mut acts = Vec::new();
    for need in needed.values() {
        let name = named(&need.project)?;
        let versions = wanted.pins.get(&name).cloned().unwrap_or_default();
        let row = known.iter().find(|row| row.name == need.project && row.stewardship != "retired");
        let needed_by: BTreeSet<String> = need.needed_by.iter().cloned().collect();
        let act = match row {
            Some(_) if versions.is_empty() => continue,
            // Its tier and its series are settled: asking for a version does not change them.
            Some(row) => ProjectAdd {
                project: name,
                tier: show::word(&row.tier).map_err(Failure::wrong_use)?,
                series: row.series.clone(),
                versions,
                needed_by: Vec::new(),
            },
            None => ProjectAdd {
                project: name,
                tier: asked.tier.unwrap_or(if needed_by.is_empty() { Tier::Leaf } else { Tier::Shared }),
                series: asked.series.clone(),
                versions,
                needed_by: needed_by.into_iter().collect(),
            },
        };
        acts.push(act);
    }
    Ok(acts)
}

fn announce(acts: &[ProjectAdd], all: usize) {
    if acts.is_empty() {
        out!("nothing to add: all of it ({}) is under maintenance", show::count(all as u64, "project"));
        return;
    }
    let rows: Vec<Vec<String>> = acts
        .iter()
        .map(|act| {
            let versions: Vec<String> = act.versions.iter().map(ToString::to_string).collect();
            vec![
                act.project.to_string(),
                act.tier.word().to_owned(),
                act.series.join(" "),
                if versions.is_empty() { "newest".to_owned() } else { versions.join(", ") },
                act.needed_by.join(", "),
            ]
        })
        .collect();
    tables::rows(&["project", "tier", "series", "versions", "needed by"], &rows);
    out!("");
}

fn list(all: &[Row]) -> Outcome {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|row| {
            let suites: Vec<String> = row
                .suites
                .iter()
                .map(|(suite, versions)| format!("{suite} {}", versions.join(" ")))
                .collect();
            vec![
                row.name.clone(),
                row.tier.clone(),
                row.stewardship.clone(),
                row.stewards.join(", "),
                row.open.to_string(),
                suites.join(", "),
            ]
        })
        .collect();
    tables::rows(&["project", "tier", "stewardship", "stewards", "open", "suites"], &rows);
    Outcome::Done
}

fn state_words(release: &ReleaseLine) -> String {
    let lost = release.lost.as_ref().map(|lost| format!(", lost its reviews on {}", lost.since.date()));
    format!("{}{}", release.state.state, lost.unwrap_or_default())
}

fn detail(project: &ProjectDetail) -> Outcome {
    out!("{}, tier {}, series {}", project.name, project.tier, project.series.join(" "));
    let stewards =
        if project.stewards.is_empty() { "nobody".to_owned() } else { project.stewards.join(", ") };
    out!("  stewards  {stewards} ({})", project.stewardship);
    if let Some(standing) = project.standing.as_ref().filter(|standing| standing.stage != "active") {
        let since = standing.since.map(|since| format!(" since {}", since.date())).unwrap_or_default();
        out!("  {}{since}: {}", standing.stage, show::plain(&standing.because.join("; ")));
        if let Some((stage, at)) = &standing.next {
            out!("  if nobody acts: {stage} from {}", at.date());
        }
    }
    for (suite, versions) in &project.suites {
        out!("  {suite:<8}  {}", versions.join(", "));
    }
    out!("");
    let rows: Vec<Vec<String>> = project
        .releases
        .iter()
        .map(|release| {
            let condition =
                if release.condition == "listed" { String::new() } else { release.condition.clone() };
            vec![
                release.version.clone(),
                state_words(release),
                release.risk.clone(),
                condition,
                show::plain(&release.sentence),
            ]
        })
        .collect();
    tables::rows(&["version", "state", "risk", "condition", "reviews"], &rows);
    Outcome::Done
}

//! `packhouse plan …`: what to vet first.

mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget};
use packhouse_app::plan::Archive;
use packhouse_app::{Clock as _, SystemClock};
use packhouse_plan::assemble::{Ranked, Sources, explained, ranked};
use packhouse_plan::condition::usual_environments;
use packhouse_plan::import::Hints;
use packhouse_plan::score::{Policy, Weights};
use packhouse_plan::snapshot::{Ecosystem, Rows};

use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;
use crate::settings;

/// `plan …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read lists of downloads, tables of dependencies, owners or incidents, whatever their format
    Import(Import),
    /// Order packages by what it would take to hurt most people
    Rank(Rank),
    /// How few packages carry how much
    Curve(Curve),
    /// What is known of one package, and what its place is made of
    Explain(Explain),
}

/// `plan import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The files, packed with gzip or not
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The day of the data, such as 2026-04-01 [default: what the file or its name says]
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// The registry to read: pypi, npm, cargo …
    #[arg(long, value_name = "NAME")]
    ecosystem: Option<String>,
}

/// `plan rank`.
#[derive(Debug, Args)]
pub(crate) struct Rank {
    /// How many packages
    #[arg(long, value_name = "N", default_value_t = 30)]
    top: usize,
    /// downloads, dependents/developers, transitive/owners or exposure-fragility
    #[arg(long, value_name = "NAME", default_value = "exposure-fragility")]
    policy: String,
    /// The registry
    #[arg(long, value_name = "NAME", default_value = "pypi")]
    ecosystem: String,
}

/// `plan curve`.
#[derive(Debug, Args)]
pub(crate) struct Curve {
    /// The registry
    #[arg(long, value_name = "NAME", default_value = "pypi")]
    ecosystem: String,
    /// How many packages the registry has in all, where the tail ends
    #[arg(long, value_name = "N")]
    registry: Option<usize>,
    /// How many packages a maintainer looks after
    #[arg(long, value_name = "N", default_value = "403", value_parser = clap::value_parser!(u32).range(1..))]
    each: u32,
}

/// `plan explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The package
    #[arg(value_name = "NAME")]
    package: String,
    /// The registry
    #[arg(long, value_name = "NAME", default_value = "pypi")]
    ecosystem: String,
}

/// Runs one.
pub(crate) fn run(common: &Common, command: &Command) -> Result<Outcome, Failure> {
    let config = settings::read(common, Vec::new())?;
    let archive = Archive::of(&config.data);
    match command {
        Command::Import(import) => read(common, &archive, import),
        Command::Rank(rank) => order(common, &archive, rank),
        Command::Curve(curve) => share(common, &archive, curve),
        Command::Explain(explain) => one(common, &archive, explain),
    }
}

fn read(common: &Common, archive: &Archive, import: &Import) -> Result<Outcome, Failure> {
    let mut hints = Hints::none(SystemClock.now());
    if let Some(date) = &import.date {
        hints.date = Some(date.parse().map_err(|error| Failure::wrong_use(chain(&error)))?);
    }
    hints.ecosystem = import.ecosystem.as_deref().map(Ecosystem::read);
    let mut done = Vec::new();
    for path in &import.files {
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr());
        let found = archive.import(path, hints.clone(), &mut |progress| bar.set_position(progress.bytes));
        bar.finish_and_clear();
        let (kept, report) = found.map_err(|error| Failure::wrong_use(chain(&error)))?;
        if !common.json {
            show::imported(&kept, &report);
        }
        done.push(serde_json::json!({ "file": kept.file, "content": kept.content, "holds": kept.holds, "report": report }));
    }
    if common.json {
        out!("{}", serde_json::json!({ "imported": done }));
    }
    Ok(Outcome::Done)
}

fn order(common: &Common, archive: &Archive, rank: &Rank) -> Result<Outcome, Failure> {
    let Some(policy) = Policy::named(&rank.policy) else {
        let names: Vec<&str> = Policy::ALL.iter().map(|(name, _)| *name).collect();
        return Err(Failure::wrong_use(format!(
            "no policy {:?}; there are {}",
            rank.policy,
            names.join(", ")
        )));
    };
    let found = with_scores(archive, &rank.ecosystem, |scored| ranked(scored, policy, rank.top))?;
    if common.json {
        out!("{}", serde_json::json!({ "policy": policy, "packages": found }));
    } else {
        show::ranking(&found);
    }
    Ok(Outcome::Done)
}

fn one(common: &Common, archive: &Archive, explain: &Explain) -> Result<Outcome, Failure> {
    let ecosystem = Ecosystem::read(&explain.ecosystem);
    let name = ecosystem.canonical(&explain.package);
    let name =
        name.ok_or_else(|| Failure::wrong_use(format!("{:?} cannot be a package", explain.package)))?;
    let found: Option<Ranked> = with_scores(archive, &explain.ecosystem, |scored| explained(scored, &name))?;
    let found = found.ok_or_else(|| Failure::no(format!("no imported data set names {name}")))?;
    if common.json {
        out!("{}", serde_json::json!(found));
    } else {
        show::explained(&found);
    }
    Ok(Outcome::Done)
}

fn with_scores<T>(
    archive: &Archive,
    ecosystem: &str,
    of: impl FnOnce(&packhouse_plan::score::Scored) -> T,
) -> Result<T, Failure> {
    let ecosystem = Ecosystem::read(ecosystem);
    let snapshots = snapshots(archive, &ecosystem)?;
    let environments =
        if ecosystem == Ecosystem::Pypi { usual_environments(&["311", "312", "313"]) } else { Vec::new() };
    Ok(of(&Sources::newest(&snapshots, &ecosystem).scored(&environments, &Weights::default())))
}

fn snapshots(
    archive: &Archive,
    ecosystem: &Ecosystem,
) -> Result<Vec<packhouse_plan::snapshot::Snapshot>, Failure> {
    let found = archive.newest(ecosystem, SystemClock.now());
    let found = found.map_err(|error| Failure::fault("the data sets cannot be read", &error))?;
    if found.is_empty() {
        let none = Failure::no(format!("no data set of {ecosystem} was imported"));
        return Err(
            none.with_hint("packhouse plan import FILE reads lists of downloads and tables of dependencies")
        );
    }
    Ok(found)
}

fn share(common: &Common, archive: &Archive, curve: &Curve) -> Result<Outcome, Failure> {
    let snapshots = snapshots(archive, &Ecosystem::read(&curve.ecosystem))?;
    let list = snapshots.iter().find_map(|snapshot| match &snapshot.rows {
        Rows::Downloads(downloads) => Some((snapshot, downloads)),
        _ => None,
    });
    let (snapshot, downloads) = list.ok_or_else(|| Failure::no("no list of downloads was imported"))?;
    let found = packhouse_plan::curve::Curve::new(downloads, curve.registry);
    let rows = show::shares(&found, curve.each as usize);
    if common.json {
        let about = &snapshot.about;
        out!(
            "{}",
            serde_json::json!({ "of": about, "listed": found.len(), "tail": found.tail(), "shares": rows })
        );
    } else {
        show::curve(&snapshot.about, &found, &rows);
    }
    Ok(Outcome::Done)
}

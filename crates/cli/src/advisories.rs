//! `packhouse advisories …`: OSV records, and who got what they speak of.

use std::path::PathBuf;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use packhouse_app::{
    AdvisoryFilter, AdvisoryImport, AdvisoryProgress, AdvisoryView, AppError, HandedTo, Packhouse, ServedFile,
};

use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::names::open_alone;
use crate::output::out;

/// `advisories …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take records in from files, zip archives and folders
    Import {
        /// OSV records (.json), archives (.zip) of them, folders
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
    /// Ask the configured sources now (`advisories.sources`)
    Update,
    /// List what is kept, the latest first
    List {
        /// Those of malware alone
        #[arg(long)]
        malware: bool,
        /// Those of this project alone, withdrawn ones too
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one record
    Show {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Say which files that a record speaks of were handed out, and to whom, as far as that is kept (`audit.clients`)
    Served {
        /// Its id, such as MAL-2026-1
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Forget a record; a source that still has it brings it back
    Forget {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Runs one.
pub(crate) async fn run(common: &Common, command: &Command) -> Result<Outcome, Failure> {
    let packhouse = open_alone(common).await?;
    let done = answer(&packhouse, common, command).await;
    packhouse.close().await;
    done
}

#[expect(clippy::needless_pass_by_value, reason = "the form of map_err")]
fn told(error: AppError) -> Failure {
    Failure::of(&error)
}

async fn answer(packhouse: &Packhouse, common: &Common, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Import { paths } => {
            let mut reports = Vec::new();
            for path in paths {
                reports.push(with_progress(async |bar| packhouse.import_advisories(path, bar).await).await?);
            }
            Ok(imported(common, &reports))
        }
        Command::Update => {
            if packhouse.settings.advisories.sources.is_empty() {
                let none = Failure::no("no source of advisories is configured");
                return Err(none.with_hint("advisories.sources in packhouse.toml lists addresses and paths"));
            }
            let reports = with_progress(async |bar| packhouse.update_advisories(bar).await).await?;
            Ok(imported(common, &reports))
        }
        Command::List { malware, project, limit } => {
            let project = project.as_deref().map(packhouse_pypi::normalize).transpose();
            let project = project.map_err(|error| Failure::wrong_use(error.to_string()))?;
            let filter = AdvisoryFilter { malware: *malware, project };
            let found = packhouse.advisories(&filter, *limit, 0).await.map_err(told)?;
            let status = packhouse.advisory_status().await.map_err(told)?;
            if common.json {
                out!("{}", serde_json::json!({ "advisories": found, "status": status }));
                return Ok(Outcome::Done);
            }
            found.iter().for_each(print_advisory);
            out!("{} advisories, {} of them of malware", status.records, status.malware);
            for source in &status.sources {
                let updated = source.updated.map_or("never".to_owned(), packhouse_model::Timestamp::minute);
                let problem = source.problem.as_deref().map(|text| format!("; {text}")).unwrap_or_default();
                out!("source {}: read {updated}{problem}", source.name);
            }
            Ok(Outcome::Done)
        }
        Command::Show { id } => {
            let (view, record) = packhouse.advisory(id).await.map_err(told)?;
            if common.json {
                out!("{}", serde_json::json!({ "advisory": view, "record": record }));
                return Ok(Outcome::Done);
            }
            print_advisory(&view);
            out!("aliases   {}", view.aliases.join(", "));
            out!("modified  {}", view.modified.minute());
            out!("source    {}", view.source);
            if let Some(details) = record.get("details").and_then(|details| details.as_str()) {
                let plain = details.chars().filter(|letter| !letter.is_control() || *letter == '\n');
                out!("\n{}", plain.collect::<String>());
            }
            Ok(Outcome::Done)
        }
        Command::Served { id } => {
            let files = packhouse.served_by_advisory(id).await.map_err(told)?;
            let clients = packhouse.keeps_clients();
            if common.json {
                out!("{}", serde_json::json!({ "advisory": id, "clients_kept": clients, "files": files }));
            } else {
                served(id, &files, clients);
            }
            let handed = files.iter().any(|file| !file.handed_out.is_empty());
            Ok(if handed { Outcome::No } else { Outcome::Done })
        }
        Command::Forget { id } => {
            packhouse.forget_advisory(id).await.map_err(told)?;
            if common.json {
                out!("{}", serde_json::json!({ "forgotten": id }));
            } else {
                out!("{id} is forgotten");
            }
            Ok(Outcome::Done)
        }
    }
}

async fn with_progress<T>(
    work: impl AsyncFnOnce(&(dyn Fn(AdvisoryProgress) + Sync)) -> Result<T, AppError>,
) -> Result<T, Failure> {
    // On standard error, and only where somebody watches.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} records written") {
        bar.set_style(style);
    }
    let show = |progress: AdvisoryProgress| {
        bar.set_length(progress.of as u64);
        bar.set_position(progress.written as u64);
    };
    let done = work(&show).await;
    bar.finish_and_clear();
    done.map_err(told)
}

fn imported(common: &Common, reports: &[AdvisoryImport]) -> Outcome {
    // A record that could not be read may be the one that matters.
    let unread: usize = reports.iter().map(|report| report.unread).sum();
    if common.json {
        out!("{}", serde_json::json!({ "imported": reports }));
    } else {
        for report in reports {
            if report.unchanged_source {
                out!("{}: unchanged", report.source);
                continue;
            }
            out!(
                "{}: {} records read, {} new or newer, {} gone, {} of other ecosystems, {} not readable",
                report.source,
                report.read,
                report.kept,
                report.removed,
                report.elsewhere,
                report.unread
            );
            for skipped in &report.skipped {
                out!("  not read: {}: {}", skipped.name, skipped.reason);
            }
        }
    }
    if unread == 0 { Outcome::Done } else { Outcome::No }
}

fn print_advisory(view: &AdvisoryView) {
    let rating = view.rating.map(|rating| format!(" ({rating})")).unwrap_or_default();
    let malware = if view.malware { " MALWARE" } else { "" };
    let withdrawn = view.withdrawn.map(|since| format!(" withdrawn {}", since.date())).unwrap_or_default();
    out!("{}{malware}{rating}{withdrawn}  {}", view.id, view.projects.join(", "));
    if !view.summary.is_empty() {
        out!("    {}", view.summary);
    }
}

fn served(id: &str, files: &[ServedFile], clients: bool) {
    for file in files {
        let vetted = if file.vetted { ", vetted" } else { "" };
        let kept = if file.kept { ", kept here" } else { "" };
        out!("{} {}{vetted}{kept}", file.filename, file.sha256);
        if file.handed_out.is_empty() {
            out!("    never handed out");
        }
        for HandedTo { client, agent, first, last, times } in &file.handed_out {
            let who = match (client, agent) {
                (Some(client), Some(agent)) => format!("{client} ({agent})"),
                (Some(client), None) => client.clone(),
                (None, _) => "all clients".to_owned(),
            };
            out!("    {who}: {times} times, {} to {}", first.minute(), last.minute());
        }
    }
    let handed = files.iter().filter(|file| !file.handed_out.is_empty()).count();
    out!("{id}: {} files were seen here, {handed} of them were handed out", files.len());
    if !clients {
        out!("to whom is not kept; audit.clients = \"90d\" keeps it for the future");
    }
}

//! `packhouse plan …`: what to vet first.

mod backtest;
mod capacity;
mod curve;
mod draw;
mod import;
mod next;
mod order;
mod show;
mod vetted;

use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use packhouse_app::config::Config;
use packhouse_app::plan::Archive;
use packhouse_app::{Clock as _, SystemClock};
use packhouse_plan::board::{Board, Value};
use packhouse_plan::capacity::Effort;
use packhouse_plan::names::PackageId;
use packhouse_plan::score::Weights;
use packhouse_plan::snapshot::{Ecosystem, Snapshot};

use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::settings;

const EXAMPLES: &str = "\
Examples:
  packhouse plan import pypi_downloads_2026-04-01.csv.gz pypi_dependencies.csv.gz owners.csv
  packhouse plan rank --top 50 --svg exposure.svg          what can hurt most people most easily
  packhouse plan curve --png curve.png                     how few packages carry how much
  packhouse plan next --hours 800                          the best set for a year of one person
  packhouse plan capacity --up-to 10                       what each further maintainer buys
  packhouse plan backtest --incidents incidents.csv        would it have held what was attacked?";

/// `plan …`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    /// Read lists of downloads, tables of dependencies, owners or incidents, whatever their format
    Import(import::Import),
    /// Order packages by what it would take to hurt most people
    Rank(order::Rank),
    /// How few packages carry how much
    Curve(curve::Curve),
    /// The best set for some hours of review, given what is vetted, and in which order to work
    Next(next::Next),
    /// What maintainers can look after, and what one more of them buys
    Capacity(capacity::Capacity),
    /// Whether a ranking of before an attack would have held what was attacked
    Backtest(backtest::Backtest),
    /// What is known of one package, and what its place is made of
    Explain(order::Explain),
}

/// Which registry is looked at.
#[derive(Debug, Clone, Args)]
pub(crate) struct Registry {
    /// The registry: pypi, npm, cargo …
    #[arg(long, value_name = "NAME", default_value = "pypi")]
    ecosystem: String,
}

impl Registry {
    fn read(&self) -> Ecosystem {
        Ecosystem::read(&self.ecosystem)
    }
}

/// Which registry is looked at, and what of it counts as vetted.
#[derive(Debug, Clone, Args)]
struct Subject {
    #[command(flatten)]
    registry: Registry,
    #[command(flatten)]
    vetted: vetted::VettedBy,
}

impl Subject {
    fn board(&self, archive: &Archive, effort: &Effort) -> Result<Board, Failure> {
        board(archive, &self.registry.read(), effort)
    }

    /// The places of what is vetted, in the order of numbers.
    async fn vetted(&self, board: &Board, config: &Config) -> Result<Vec<PackageId>, Failure> {
        let names = self.vetted.names(config).await?;
        Ok(board.places(names.iter().map(String::as_str)))
    }

    /// Both.
    async fn read(
        &self,
        archive: &Archive,
        config: &Config,
        effort: &Effort,
    ) -> Result<(Board, Vec<PackageId>), Failure> {
        let board = self.board(archive, effort)?;
        let vetted = self.vetted(&board, config).await?;
        Ok((board, vetted))
    }
}

/// How long reviews take. What is not known of a package is taken as the mean of the others; of none, as an ordinary one's.
#[derive(Debug, Clone, Args)]
pub(crate) struct Work {
    /// Hours that a maintainer reviews in a year
    #[arg(long, value_name = "H", default_value_t = 800.0, value_parser = hours)]
    hours_a_year: f64,
    /// Minutes of review for a thousand lines, the first time
    #[arg(long, value_name = "M", default_value_t = 30.0, value_parser = hours)]
    minutes_per_kloc: f64,
    /// Minutes of review for a thousand changed lines
    #[arg(long, value_name = "M", default_value_t = 60.0, value_parser = hours)]
    minutes_per_changed_kloc: f64,
}

impl Work {
    fn effort(&self) -> Effort {
        Effort {
            hours_a_year: self.hours_a_year,
            minutes_per_kloc: self.minutes_per_kloc,
            minutes_per_changed_kloc: self.minutes_per_changed_kloc,
            ..Effort::default()
        }
    }
}

/// A number of hours or minutes that somebody can have.
pub(super) fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if (0.0..=1e9).contains(&hours) => Ok(hours),
        _ => Err("expected a number from 0 to 1000000000".to_owned()),
    }
}

fn value(text: &str) -> Result<Value, String> {
    Value::named(text).ok_or_else(|| "expected downloads or priority".to_owned())
}

/// Runs one.
pub(crate) async fn run(common: &Common, command: &Command) -> Result<Outcome, Failure> {
    let config = settings::read(common, Vec::new())?;
    let archive = Archive::of(&config.data);
    match command {
        Command::Import(import) => import.run(common, &archive),
        Command::Rank(rank) => rank.run(common, &archive, &config).await,
        Command::Curve(curve) => curve.run(common, &archive, &config).await,
        Command::Next(next) => next.run(common, &archive, &config).await,
        Command::Capacity(capacity) => capacity.run(common, &archive, &config).await,
        Command::Backtest(backtest) => backtest.run(common, &archive),
        Command::Explain(explain) => explain.run(common, &archive),
    }
}

/// Says what goes on, on standard error and only where somebody watches.
fn working(words: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_message(words);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// The same with a number of steps.
fn stepping(words: &'static str, steps: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_message(words);
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

fn unreadable(error: &packhouse_app::plan::ArchiveError) -> Failure {
    Failure::fault("the data sets cannot be read", error)
}

fn none_of(ecosystem: &Ecosystem) -> Failure {
    let none = Failure::no(format!("no data set of {ecosystem} was imported"));
    none.with_hint("packhouse plan import FILE reads lists of downloads and tables of dependencies")
}

/// The newest data set of each kind.
fn snapshots(archive: &Archive, ecosystem: &Ecosystem) -> Result<Vec<Snapshot>, Failure> {
    let bar = working("reading the data sets");
    let found = archive.newest(ecosystem, SystemClock.now());
    bar.finish_and_clear();
    let found = found.map_err(|error| unreadable(&error))?;
    if found.is_empty() { Err(none_of(ecosystem)) } else { Ok(found) }
}

/// The plan of a registry.
fn board(archive: &Archive, ecosystem: &Ecosystem, effort: &Effort) -> Result<Board, Failure> {
    let snapshots = snapshots(archive, ecosystem)?;
    let bar = working("counting who stands on whom");
    let board = Board::new(&snapshots, ecosystem, &Weights::default(), effort);
    bar.finish_and_clear();
    Ok(board)
}

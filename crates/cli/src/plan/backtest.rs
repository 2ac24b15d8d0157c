use std::path::{Path, PathBuf};

use clap::Args;
use packhouse_app::plan::Archive;
use packhouse_app::{Clock as _, SystemClock};
use packhouse_plan::backtest::{Backtest as Tested, Ranking, backtest};
use packhouse_plan::import::{Hints, Limits, import};
use packhouse_plan::rankings::{BY_DOWNLOADS, rankings};
use packhouse_plan::score::Weights;
use packhouse_plan::snapshot::{Ecosystem, Incident, Rows, Snapshot};
use serde::Serialize;

use super::{Registry, Work, none_of, show, stepping, unreadable};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

/// `plan backtest`.
#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// What happened: a table with the columns date, ecosystem, packages [default: the newest that was imported]
    #[arg(long, value_name = "FILE")]
    incidents: Option<PathBuf>,
    /// Numbers of vetted packages to look at
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [100, 403, 805, 2_000, 5_000])]
    packages: Vec<u64>,
    /// Hours of review to look at
    #[arg(long, value_name = "H,…", value_delimiter = ',', default_values_t = [800, 1_600, 4_000, 8_000])]
    hours: Vec<u64>,
    /// Draws of events and the random ranking are made from this number
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    registry: Registry,
    #[command(flatten)]
    work: Work,
}

/// One comparison: all of its policies are asked about the same events.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    /// What the data of before an event had to hold.
    pub(super) needs: &'static str,
    #[serde(flatten)]
    pub(super) tested: Tested,
}

impl Backtest {
    pub(super) fn run(&self, common: &Common, archive: &Archive) -> Result<Outcome, Failure> {
        let ecosystem = self.registry.read();
        let bar = stepping("data sets read", 1);
        let read = archive.all(&ecosystem, SystemClock.now(), &mut |done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let snapshots = read.map_err(|error| unreadable(&error))?;
        if snapshots.is_empty() {
            return Err(none_of(&ecosystem));
        }
        let incidents = match &self.incidents {
            Some(path) => read_incidents(path, &ecosystem)?,
            None => imported(&snapshots).ok_or_else(|| {
                Failure::wrong_use("no incidents were imported")
                    .with_hint("--incidents FILE, or packhouse plan import incidents.csv")
            })?,
        };
        let bar = stepping("dates ranked", 1);
        let made = rankings(
            &snapshots,
            &ecosystem,
            &Weights::default(),
            &self.work.effort(),
            self.seed,
            &mut |done, of| {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
            },
        );
        bar.finish_and_clear();
        let minutes: Vec<u64> = self.hours.iter().map(|hours| hours.saturating_mul(60)).collect();
        let test = |needs, rankings: &[Ranking]| Group {
            needs,
            tested: backtest(&incidents, rankings, &self.packages, &minutes, self.seed),
        };
        let plain: Vec<Ranking> =
            made.iter().filter(|ranking| BY_DOWNLOADS.contains(&ranking.name.as_str())).cloned().collect();
        let mut groups = vec![test("a list of downloads", &plain)];
        if plain.len() < made.len() {
            groups.push(test("downloads and dependencies", &made));
        }
        if common.json {
            out!("{}", serde_json::json!({ "incidents": incidents.len(), "groups": groups }));
        } else {
            show::backtest(incidents.len(), &groups, &self.packages, &self.hours);
        }
        Ok(Outcome::Done)
    }
}

fn imported(snapshots: &[Snapshot]) -> Option<Vec<Incident>> {
    snapshots.iter().rev().find_map(|snapshot| match &snapshot.rows {
        Rows::Incidents(incidents) => Some(incidents.clone()),
        _ => None,
    })
}

fn read_incidents(path: &Path, ecosystem: &Ecosystem) -> Result<Vec<Incident>, Failure> {
    let cannot =
        |error: &dyn std::error::Error| Failure::wrong_use(format!("{}: {}", path.display(), chain(error)));
    let mut file = std::fs::File::open(path).map_err(|error| cannot(&error))?;
    let mut hints = Hints::none(SystemClock.now());
    hints.ecosystem = Some(ecosystem.clone());
    let found = import(&mut file, hints, Limits::default(), &mut |_| ()).map_err(|error| cannot(&error))?;
    found
        .snapshots
        .into_iter()
        .find_map(|snapshot| match snapshot.rows {
            Rows::Incidents(incidents) => Some(incidents),
            _ => None,
        })
        .ok_or_else(|| Failure::wrong_use(format!("{} has no incidents of {ecosystem}", path.display())))
}

//! `packhouse inspect --survey`: which alarms the newest wheels of known projects raise, alone and as updates.

use std::path::Path;
use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::inspection::Surveyed;
use packhouse_inspect::{Class, Report, Verdict};
use packhouse_pypi::normalize;

use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::{err, out};
use crate::settings;

/// One way of looking, counted.
#[derive(Default)]
struct Tally {
    files: usize,
    hold: usize,
    review: usize,
    block: usize,
    unexamined: usize,
}

impl Tally {
    fn count(&mut self, report: &Report) {
        self.files += 1;
        self.unexamined += usize::from(report.unexamined().is_some());
        match report.verdict {
            Verdict::Pass => {}
            Verdict::Hold => self.hold += 1,
            Verdict::Review => self.review += 1,
            Verdict::Block => self.block += 1,
        }
    }

    fn print(&self, what: &str) {
        let share = |count: usize| 100.0 * count as f64 / self.files.max(1) as f64;
        out!(
            "{what:<22} {:>5} files   block {:>3} ({:.1} %)   review {:>3} ({:.1} %)   hold {:>3} ({:.1} %)   not examined {:>3}",
            self.files,
            self.block,
            share(self.block),
            self.review,
            share(self.review),
            self.hold,
            share(self.hold),
            self.unexamined
        );
    }
}

pub(super) async fn survey(common: &Common, config: Config, names: &Path) -> Result<Outcome, Failure> {
    let text = std::fs::read_to_string(names)
        .map_err(|error| Failure::wrong_use(format!("{} cannot be read: {error}", names.display())))?;
    let packhouse = settings::open(config).await?;
    let (mut alone, mut updates, mut times) = (Tally::default(), Tally::default(), Vec::new());
    for name in text.split_whitespace() {
        let Ok(name) = normalize(name) else {
            err!("{name} is no name of a project");
            continue;
        };
        match packhouse.survey(&name).await {
            Err(error) => err!("{name}: {error}"),
            Ok(surveyed) => {
                alone.count(&surveyed.alone);
                times.push(surveyed.took);
                if let Some((_, report)) = &surveyed.update {
                    updates.count(report);
                }
                tell(common, &surveyed);
            }
        }
    }
    packhouse.close().await;
    times.sort_unstable();
    let at =
        |share: usize| times.get(times.len() * share / 100).or(times.last()).copied().unwrap_or_default();
    if common.json {
        return Ok(Outcome::Done);
    }
    out!("");
    alone.print("newest wheel, alone");
    updates.print("against the one before");
    let sum: Duration = times.iter().sum();
    out!(
        "a look took {:.0?} at the median, {:.0?} at the 99th percentile, {sum:.1?} together",
        at(50),
        at(99)
    );
    Ok(Outcome::Done)
}

/// Each alarm with its reason; with `--json` a line for each file.
fn tell(common: &Common, surveyed: &Surveyed) {
    if common.json {
        let update = surveyed.update.as_ref();
        out!(
            "{}",
            serde_json::json!({
                "file": surveyed.filename,
                "milliseconds": surveyed.took.as_millis(),
                "alone": alarms(&surveyed.alone),
                "before": update.map(|(name, _)| name),
                "update": update.map(|(_, report)| alarms(report)),
            })
        );
        return;
    }
    let reports =
        [("alone", Some(&surveyed.alone)), ("update", surveyed.update.as_ref().map(|(_, report)| report))];
    for (what, report) in reports {
        let Some(report) = report.filter(|report| report.verdict != Verdict::Pass) else { continue };
        out!("{:<7} {:<7} {}", report.verdict.word(), what, surveyed.filename);
        for finding in report.findings.iter().filter(|finding| finding.class > Class::Info) {
            let line = finding.region.map_or(0, |region| region.line);
            out!(
                "          {} {:<6} {}:{line}: {}",
                finding.rule,
                finding.class.word(),
                finding.path,
                finding.message
            );
        }
    }
}

fn alarms(report: &Report) -> serde_json::Value {
    let weighing = report.findings.iter().filter(|finding| finding.class > Class::Info);
    let findings: Vec<_> = weighing
        .map(|finding| serde_json::json!({ "rule": finding.rule, "class": finding.class, "path": finding.path, "message": finding.message }))
        .collect();
    serde_json::json!({ "verdict": report.verdict, "findings": findings })
}

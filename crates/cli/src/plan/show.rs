//! The plan as tables for people.

use packhouse_app::plan::Kept;
use packhouse_plan::assemble::{Explained, Ranked};
use packhouse_plan::backtest::At;
use packhouse_plan::board::{NextSet, Staff, Standing, Value};
use packhouse_plan::chart::percent;
use packhouse_plan::curve::{Curve, Needed, SHARES, maintainers};
use packhouse_plan::import::Report;
use packhouse_plan::snapshot::{About, Kind};
use serde::Serialize;

use super::backtest::Group;
use crate::output::out;

/// A file that was there already, under the name that it had.
pub(super) fn already(kept: &Kept) {
    out!("{}: there already, imported {}", kept.file, kept.imported.date());
    holds(kept);
}

pub(super) fn imported(kept: &Kept, report: &Report) {
    out!("{}: {}, {} rows", kept.file, report.format, report.rows);
    holds(kept);
    for (reason, skipped) in &report.skipped {
        let example = skipped.examples.first().map(|(row, text)| format!(", first in row {row}: {text:?}"));
        out!("  skipped {}: {reason}{}", skipped.count, example.unwrap_or_default());
    }
}

fn holds(kept: &Kept) {
    for about in &kept.holds {
        let rule = if about.kind == Kind::Downloads { format!(", {}", about.rule) } else { String::new() };
        out!("  {} of {}, {}{rule}", about.kind, about.ecosystem, about.date.date());
    }
}

pub(super) fn ranking(packages: &[Ranked]) {
    out!(
        "{:>4}  {:<32} {:>14} {:>8} {:>10} {:>6} {:>8} {:>9} {:>8}",
        "",
        "package",
        "downloads",
        "direct",
        "transitive",
        "owners",
        "exposure",
        "fragility",
        "priority"
    );
    for (at, one) in packages.iter().enumerate() {
        out!(
            "{:>4}  {:<32} {:>14} {:>8} {:>10} {:>6} {:>8.3} {:>9.3} {:>8.3}",
            at + 1,
            one.package,
            known(one.downloads),
            one.direct_dependents,
            one.transitive_dependents,
            known(one.owners),
            one.exposure,
            one.fragility,
            one.priority
        );
    }
}

pub(super) fn explained(found: &Explained) {
    let one = &found.ranked;
    out!("{}", one.package);
    out!("  downloads              {}", known(one.downloads));
    out!("  direct dependents      {}", one.direct_dependents);
    out!("  transitive dependents  {}", one.transitive_dependents);
    out!("  owners                 {}", known(one.owners));
    out!("  exposure               {:.3}", one.exposure);
    out!("  fragility              {:.3}", one.fragility);
    for shown in &found.terms {
        let known = if shown.known { "" } else { "  unknown: the mean of the others" };
        out!("    {:<20} {:.3} x weight {:.2}{known}", word(&shown.term), shown.value, shown.weight);
    }
    out!("  priority               {:.3}", one.priority);
}

fn known<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| value.to_string())
}

fn word(term: &impl Serialize) -> String {
    serde_json::to_value(term).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// How many packages and maintainers a share takes.
#[derive(Serialize)]
pub(super) struct Row {
    share: f64,
    #[serde(flatten)]
    needed: Needed,
    maintainers: Option<usize>,
}

pub(super) fn shares(curve: &Curve, each: usize) -> Vec<Row> {
    let row = |share| {
        let needed = curve.needed(share);
        Row { share, needed, maintainers: needed.packages.map(|packages| maintainers(packages, each)) }
    };
    SHARES.into_iter().map(row).collect()
}

pub(super) fn curve(about: &About, curve: &Curve, rows: &[Row], vetted: &Standing) {
    out!("{} of {}, {} ({})", about.kind, about.ecosystem, about.date.date(), about.rule);
    out!("{} packages with {} downloads", curve.len(), curve.listed());
    if let Some(tail) = curve.tail().filter(|tail| tail.downloads > 0.0) {
        out!("beyond the list about {:.0}, between {:.0} and {:.0}", tail.downloads, tail.low, tail.high);
    }
    out!("{:>6} {:>10} {:>19} {:>12}", "share", "packages", "between", "maintainers");
    for row in rows {
        let between = format!("{} and {}", known(row.needed.least), known(row.needed.most));
        let percent = format!("{} %", row.share * 100.0);
        out!("{percent:>6} {:>10} {between:>19} {:>12}", known(row.needed.packages), known(row.maintainers));
    }
    if vetted.vetted > 0 {
        out!("vetted {}, of which {} closed: {}", vetted.vetted, vetted.closed, percent(vetted.share));
    }
}

pub(super) fn next(found: &NextSet) {
    let what = words(found.by);
    out!("vetted now: {} packages, {} of {what}", found.now.vetted, percent(found.now.share));
    out!(
        "the best {} packages for {:.0} hours take {:.0} and reach {}; no set reaches more than {}",
        found.packages.len(),
        found.hours,
        found.takes,
        percent(found.share),
        percent(found.bound)
    );
    if found.steps.is_empty() {
        return;
    }
    out!("\n{:>4}  {:<32} {:>8} {:>8} {:>9}  with", "", "package", "hours", "rank", "reaches");
    for (at, step) in found.steps.iter().enumerate() {
        out!(
            "{:>4}  {:<32} {:>8.1} {:>8} {:>9}  {}",
            at + 1,
            step.package,
            step.hours,
            known(step.rank),
            percent(step.share),
            shortened(&step.with)
        );
    }
    if let Some(step) = found.steps.first() {
        out!("\nbegin with: packhouse project add {}", step.package);
    }
}

/// A few names, and how many more there are.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}

fn words(by: Value) -> &'static str {
    match by {
        Value::Downloads => "all downloads",
        Value::Priority => "all priority",
    }
}

pub(super) fn capacity(now: &Standing, staff: &[Staff], plain: &[(f64, usize, usize)], each: u32, by: Value) {
    out!("vetted now: {} packages, {} of {}", now.vetted, percent(now.share), words(by));
    out!(
        "{:>11} {:>9} {:>10} {:>10} {:>14} {:>12}",
        "maintainers",
        "hours",
        "packages",
        "reach",
        "one more buys",
        "at most"
    );
    for (at, one) in staff.iter().enumerate() {
        let more =
            staff.get(at + 1).map_or_else(String::new, |next| percent((next.share - one.share).max(0.0)));
        out!(
            "{:>11} {:>9.0} {:>10} {:>10} {more:>14} {:>12}",
            one.maintainers,
            one.hours,
            one.packages,
            percent(one.share),
            percent(one.bound)
        );
    }
    if !plain.is_empty() {
        out!("\nby the plain rule of {each} packages each, the most downloaded first:");
        out!("{:>11} {:>20} {:>10}", "maintainers", "packages", "share");
        for (share, packages, people) in plain {
            out!("{:>11} {packages:>20} {:>10}", people, percent(*share));
        }
    }
}

pub(super) fn backtest(incidents: usize, groups: &[Group], packages: &[u64], hours: &[u64]) {
    out!("{incidents} incidents");
    for group in groups {
        let tested = &group.tested;
        out!(
            "\nknown before: {}; {} events could be asked about, before {} there was no such data",
            group.needs,
            tested.events,
            tested.without_data
        );
        if tested.events == 0 {
            continue;
        }
        let sizes = packages.iter().map(|size| format!("{size} packages"));
        let times = hours.iter().map(|hours| format!("{hours} hours"));
        for (at, what) in sizes.chain(times).enumerate() {
            out!("  when {what} are vetted: events held of {}, packages held", tested.events);
            for outcome in &tested.outcomes {
                let all: Vec<&At> = outcome.by_packages.iter().chain(&outcome.by_minutes).collect();
                let Some(At { events, packages, .. }) = all.get(at) else { continue };
                out!(
                    "    {:<24} {:>3}  {:>7} ({} to {})  {:>4} of {:>3}  {:>7} ({} to {})",
                    outcome.policy,
                    events.held,
                    percent(events.share),
                    percent(events.low),
                    percent(events.high),
                    packages.held,
                    packages.of,
                    percent(packages.share),
                    percent(packages.low),
                    percent(packages.high)
                );
            }
        }
        for outcome in &tested.outcomes {
            out!("  {:<26} mean share held over all sizes {:.3}", outcome.policy, outcome.area);
        }
        if tested.in_none.is_empty() {
            out!("  every package stood in some ranking");
        } else {
            out!("  no ranking could hold, as they stood in none: {}", tested.in_none.join(", "));
        }
    }
}

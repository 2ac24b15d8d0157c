//! The plan as tables for people.

use packhouse_app::plan::Kept;
use packhouse_plan::assemble::Ranked;
use packhouse_plan::curve::{Curve, Needed, SHARES, maintainers};
use packhouse_plan::import::Report;
use packhouse_plan::snapshot::{About, Kind};
use serde::Serialize;

use crate::output::out;

pub(super) fn imported(kept: &Kept, report: &Report) {
    out!("{}: {}, {} rows", kept.file, report.format, report.rows);
    for about in &kept.holds {
        let rule = if about.kind == Kind::Downloads { format!(", {}", about.rule) } else { String::new() };
        out!("  {} of {}, {}{rule}", about.kind, about.ecosystem, about.date.date());
    }
    for (reason, skipped) in &report.skipped {
        let example = skipped.examples.first().map(|(row, text)| format!(", first in row {row}: {text:?}"));
        out!("  skipped {}: {reason}{}", skipped.count, example.unwrap_or_default());
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

pub(super) fn explained(one: &Ranked) {
    out!("{}", one.package);
    out!("  downloads              {}", known(one.downloads));
    out!("  direct dependents      {}", one.direct_dependents);
    out!("  transitive dependents  {}", one.transitive_dependents);
    out!("  owners                 {}", known(one.owners));
    out!("  exposure               {:.3}", one.exposure);
    out!("  fragility              {:.3}", one.fragility);
    for shown in &one.terms {
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

pub(super) fn curve(about: &About, curve: &Curve, rows: &[Row]) {
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
}

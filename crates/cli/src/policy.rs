use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use packhouse_app::{DEFAULT, Fate, Index, LockedVerdict, Packhouse};
use packhouse_pypi::lock;

use crate::arguments::{Check, Common};
use crate::exit::{Failure, Outcome, chain};
use crate::index::{configured, opened};
use crate::output::out;
use crate::settings;

/// The largest lockfile that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// `packhouse policy check`.
pub(crate) async fn check(common: &Common, check: &Check) -> Result<Outcome, Failure> {
    let mut config = settings::read(common, Vec::new())?;
    if common.log.is_none() {
        "error".clone_into(&mut config.log);
    }
    let Some(path) = &check.lockfile else {
        // Rules need neither an upstream nor a database.
        let indexes =
            packhouse_app::read_indexes(&config).map_err(|error| Failure::wrong_use(chain(&error)))?;
        let chosen = match &check.index {
            Some(name) => vec![configured(&indexes, name)?],
            None => indexes.iter().collect(),
        };
        crate::logging::start(&config)?;
        return Ok(rules(common, &chosen));
    };
    crate::logging::start(&config)?;
    let lockfile = read(path)?;
    let packhouse = settings::open(config).await?;
    let index = opened(&packhouse, check.index.as_deref().unwrap_or(DEFAULT))?;
    let verdicts = judge(&packhouse, &index, &lockfile).await;
    packhouse.close().await;
    report(common, &index, &lockfile, &verdicts)
}

fn rules(common: &Common, chosen: &[&Index]) -> Outcome {
    if common.json {
        let list = chosen.iter().map(|index| {
            let rules = index.policy.describe();
            let rules: Vec<_> = rules.iter().map(|(rule, does)| serde_json::json!({ "rule": rule, "does": does })).collect();
            serde_json::json!({ "index": index.name.as_str(), "rules": rules, "exceptions": index.policy.exceptions() })
        });
        out!("{}", serde_json::json!({ "indexes": list.collect::<Vec<_>>() }));
        return Outcome::Done;
    }
    for (number, index) in chosen.iter().enumerate() {
        if number > 0 {
            out!("");
        }
        out!("index {} ({})", index.name, index.path());
        for (rule, does) in index.policy.describe() {
            out!("  {rule:<20} {does}");
        }
        for exception in index.policy.exceptions() {
            let rules =
                if exception.rules.is_empty() { "every rule".to_owned() } else { exception.rules.join(", ") };
            out!(
                "  exception            {} from {rules} until {}: {} ({})",
                exception.what,
                exception.until.date(),
                exception.reason,
                exception.author
            );
        }
    }
    Outcome::Done
}

fn read(path: &Path) -> Result<lock::Lockfile, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::wrong_use(format!("the lockfile {} cannot be read: {error}", path.display()))
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(Failure::wrong_use(format!(
            "the lockfile {} has {size} bytes; at most {LARGEST} are read",
            path.display()
        )));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    lock::read(&name, &text)
        .map_err(|error| Failure::wrong_use(format!("{}: {}", path.display(), chain(&error))))
}

async fn judge(packhouse: &Packhouse, index: &Arc<Index>, lockfile: &lock::Lockfile) -> Vec<LockedVerdict> {
    // On standard error, and only where somebody watches.
    let bar =
        ProgressBar::with_draw_target(Some(lockfile.packages.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} releases looked at") {
        bar.set_style(style);
    }
    let verdicts = packhouse.check_lockfile(index, lockfile, |done, _| bar.set_position(done as u64)).await;
    bar.finish_and_clear();
    verdicts
}

fn report(
    common: &Common,
    index: &Index,
    lockfile: &lock::Lockfile,
    verdicts: &[LockedVerdict],
) -> Result<Outcome, Failure> {
    let count = |fate: Fate| verdicts.iter().filter(|verdict| verdict.fate == fate).count();
    let stopped = count(Fate::Refused) + count(Fate::Missing) + count(Fate::Unknown);
    if common.json {
        let skipped: Vec<_> = lockfile
            .skipped
            .iter()
            .map(|skipped| serde_json::json!({ "line": skipped.line, "text": skipped.text, "why": skipped.why }))
            .collect();
        out!(
            "{}",
            serde_json::json!({ "index": index.name.as_str(), "installs": stopped == 0, "packages": verdicts, "skipped": skipped })
        );
    } else {
        let shown = |verdict: &&LockedVerdict| verdict.fate != Fate::Served || !verdict.notes.is_empty();
        for verdict in verdicts.iter().filter(shown) {
            let version =
                verdict.version.as_deref().map(|version| format!("=={version}")).unwrap_or_default();
            out!("{:<8} {}{version}", word(verdict.fate), verdict.project);
            if !verdict.reason.is_empty() {
                out!("         {}", verdict.reason);
            }
            for note in verdict.notes.iter().filter(|note| **note != verdict.reason) {
                out!("         noted: {note}");
            }
            if let Some(until) = verdict.until {
                out!("         passes by itself at {}", until.minute());
            }
        }
        for skipped in &lockfile.skipped {
            out!("skipped  line {}: {} ({})", skipped.line, skipped.text, skipped.why);
        }
        out!(
            "{} releases: {} served, {} refused, {} missing, {} outside any index, {} unknown",
            verdicts.len(),
            count(Fate::Served),
            count(Fate::Refused),
            count(Fate::Missing),
            count(Fate::Outside),
            count(Fate::Unknown)
        );
    }
    if count(Fate::Unknown) > 0 && count(Fate::Refused) + count(Fate::Missing) == 0 {
        return Err(Failure::fault("the upstream could not be asked", &std::io::Error::other("see above")));
    }
    Ok(if stopped == 0 { Outcome::Done } else { Outcome::No })
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Served => "served",
        Fate::Refused => "refused",
        Fate::Missing => "missing",
        Fate::Outside => "outside",
        Fate::Unknown => "unknown",
    }
}

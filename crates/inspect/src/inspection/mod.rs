//! Inspection: what a release does that deserves a look.

mod budget;
mod capabilities;
mod contents;
mod file;
mod novelty;
mod python;
mod report;
mod rule;
mod rules;
pub mod sarif;
mod sieve;
mod sink;
mod stages;
#[cfg(test)]
mod tests;
mod words;
mod yara;

pub use contents::Contents;
pub use report::{Baseline, Class, Finding, Region, Report, Verdict};
pub use rule::Rule;
pub use rules::{Limits, Rules};
pub use yara::{YaraError, YaraRules, YaraSource};

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::kind::ContentKind;
use budget::Trouble;
use file::File;
use packhouse_model::Sha256;
use sink::Sink;
use stages::Stages;

/// Inspects the contents of a file, and compares them with what is known already.
///
/// A finding that the last reviewed release has too (or, when nothing was reviewed, the previous release) informs and no
/// more; what is new in the difference counts. The report is a function of the arguments alone. Whatever could not be
/// examined, because of a limit, of damage or of a stage that broke down, is a finding that holds the file.
pub fn inspect(contents: &Contents, against: &[(Baseline, &Contents)], rules: &Rules) -> Report {
    python::on_one_stack(|| drive(contents, against, rules, &stages::ALL))
}

fn drive(contents: &Contents, against: &[(Baseline, &Contents)], rules: &Rules, stages: &Stages) -> Report {
    let mut sink = Sink::new(rules);
    look_at_files(contents, stages, &BTreeSet::new(), &mut sink);
    let whole = guarded("release", || (stages.release)(contents, &mut sink));
    if let Err(trouble) = whole {
        sink.trouble(None, &trouble);
    }
    for (baseline, other) in against {
        for stage in stages.difference {
            let result = guarded(stage.name, || (stage.look)(contents, *baseline, other, &mut sink));
            if let Err(trouble) = result {
                sink.trouble(None, &trouble);
            }
        }
    }
    let settled = novelty::settle(contents, against, rules, &mut sink, |other, skipped, sink| {
        look_at_files(other, stages, skipped, sink);
        // Trouble with what is compared makes less known, and so more new.
        drop(guarded("release", || (stages.release)(other, sink)));
    });
    let against = against.iter().map(|(baseline, _)| *baseline).collect();
    Report::of(settled.findings, sink.more + settled.more, against, sink.files, rules)
}

/// Shows every file to every stage, but those with bytes that are `skipped`.
fn look_at_files(
    contents: &Contents,
    stages: &Stages,
    skipped: &BTreeSet<(String, Sha256)>,
    sink: &mut Sink<'_>,
) {
    let shape = contents.shape();
    let keys: BTreeMap<&str, String> =
        contents.comparable().into_iter().map(|(key, path)| (path, key)).collect();
    for (path, content) in &contents.files {
        let key = keys.get(path.as_str()).cloned().unwrap_or_else(|| path.clone());
        if skipped.contains(&(key.clone(), content.sha256)) {
            continue;
        }
        let file = File::new(path.clone(), key, content, shape, 0);
        look_at_file(&file, stages, sink);
    }
}

fn look_at_file(file: &File<'_>, stages: &Stages, sink: &mut Sink<'_>) {
    sink.files += 1;
    if file.is_cut() {
        look_at_start(file, stages, sink);
        return;
    }
    for stage in stages.file {
        match guarded(stage.name, || (stage.look)(file, sink)) {
            Ok(()) => {}
            // Each file that is not looked at would say the same.
            Err(trouble @ Trouble::Spent { .. }) => {
                if !sink.drafts.iter().any(|draft| draft.rule == &rule::SPENT) {
                    sink.trouble(Some(file), &trouble);
                }
                return;
            }
            Err(trouble) => sink.trouble(Some(file), &trouble),
        }
    }
    if let Err(trouble) = guarded("nested", || (stages.nested)(file, stages, sink)) {
        sink.trouble(Some(file), &trouble);
    }
}

/// Of a file that was too large to be kept: what machine code is can be told by its beginning, of all else something may stand
/// behind it.
fn look_at_start(file: &File<'_>, stages: &Stages, sink: &mut Sink<'_>) {
    let start = stages.file.iter().filter(|stage| [stages::BINARY, stages::YARA].contains(&stage.name));
    for stage in start {
        if let Err(trouble) = guarded(stage.name, || (stage.look)(file, sink)) {
            sink.trouble(Some(file), &trouble);
        }
    }
    if file.kind != ContentKind::NativeBinary {
        let limit = sink.rules.limits.whole;
        sink.trouble(Some(file), &Trouble::Limit { what: "the size of a file", limit });
    }
}

/// A stage that panics was stopped by something nobody thought of, and that holds the file as well.
fn guarded(stage: &'static str, run: impl FnOnce() -> Result<(), Trouble>) -> Result<(), Trouble> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(Trouble::Broken { stage }))
}

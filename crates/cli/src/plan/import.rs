use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use packhouse_app::plan::{Archive, Kept};
use packhouse_app::{Clock as _, SystemClock};
use packhouse_plan::import::{Hints, Report};
use packhouse_plan::snapshot::Ecosystem;

use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

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
    /// Read files too that were imported before
    #[arg(long)]
    again: bool,
}

impl Import {
    pub(super) fn run(&self, common: &Common, archive: &Archive) -> Result<Outcome, Failure> {
        let mut hints = Hints::none(SystemClock.now());
        if let Some(date) = &self.date {
            hints.date = Some(date.parse().map_err(|error| Failure::wrong_use(chain(&error)))?);
        }
        hints.ecosystem = self.ecosystem.as_deref().map(Ecosystem::read);
        let mut done = Vec::new();
        for (at, path) in self.files.iter().enumerate() {
            let before = if self.again { Ok(None) } else { archive.already(path, &hints) };
            if let Some(kept) = before.map_err(|error| stopped(&self.files, at, &error))? {
                if !common.json {
                    show::already(&kept);
                }
                done.push(told(&kept, None));
                continue;
            }
            let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr());
            if let Ok(style) =
                ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg} ({elapsed})")
            {
                bar.set_style(style);
            }
            let found = archive.import(path, hints.clone(), &mut |progress| {
                bar.set_position(progress.bytes);
                bar.set_message(format!("{} rows", progress.rows));
            });
            bar.finish_and_clear();
            let (kept, report) = found.map_err(|error| stopped(&self.files, at, &error))?;
            if !common.json {
                show::imported(&kept, &report);
            }
            done.push(told(&kept, Some(&report)));
        }
        if common.json {
            out!("{}", serde_json::json!({ "imported": done }));
        }
        Ok(Outcome::Done)
    }
}

/// A file for scripts; without a report when it was there already.
fn told(kept: &Kept, report: Option<&Report>) -> serde_json::Value {
    let Kept { content, file, imported, holds } = kept;
    serde_json::json!({
        "file": file, "content": content, "imported": imported, "holds": holds, "already": report.is_none(), "report": report,
    })
}

/// Says from where it goes on: files are imported one by one, each whole or not at all.
fn stopped(files: &[PathBuf], at: usize, error: &packhouse_app::plan::ArchiveError) -> Failure {
    let failure = Failure::wrong_use(chain(error));
    if files.len() == 1 {
        return failure;
    }
    let rest: Vec<String> = files[at..].iter().map(|path| path.display().to_string()).collect();
    let before = match at {
        0 => "nothing was imported".to_owned(),
        1 => "the file before it is imported".to_owned(),
        _ => format!("the {at} files before it are imported"),
    };
    failure.with_hint(format!("{before}; go on with: packhouse plan import {}", rest.join(" ")))
}

use packhouse_app::{AppError, Explanation, FileView, Question};

use crate::arguments::{Common, Why};
use crate::exit::{Failure, Outcome};
use crate::index::opened;
use crate::output::out;
use crate::settings;

/// `packhouse why`.
pub(crate) async fn why(common: &Common, why: &Why) -> Result<Outcome, Failure> {
    let mut question = Question::parse(&why.what).map_err(|error| Failure::of(&error))?;
    question.index = why.index.clone().or(question.index);
    let mut config = settings::read(common, Vec::new())?;
    if common.log.is_none() {
        "error".clone_into(&mut config.log);
    }
    crate::logging::start(&config)?;
    let packhouse = settings::open(config).await?;
    if let Some(name) = &question.index {
        opened(&packhouse, name)?;
    }
    let explained = packhouse.explain(&question).await;
    packhouse.close().await;
    let explanation = explained.map_err(|error| with_hint(&error))?;
    if common.json {
        let text = serde_json::to_string_pretty(&explanation);
        out!("{}", text.map_err(|error| Failure::fault("the answer could not be written", &error))?);
    } else {
        print(&explanation);
    }
    let served = explanation.outcome == packhouse_app::Outcome::Serve;
    Ok(if served { Outcome::Done } else { Outcome::No })
}

fn with_hint(error: &AppError) -> Failure {
    let failure = Failure::of(error);
    match error {
        AppError::NotFound { .. } => failure.with_hint("is the name spelled as upstream spells it?"),
        _ => failure,
    }
}

/// Releases shown of a project; all of them are in `--json` and on the page.
const SHOWN: usize = 10;

fn print(explanation: &Explanation) {
    out!("{}", explanation.sentence);
    out!("");
    out!("index     {}", explanation.index);
    if let Some(status) = &explanation.upstream_status {
        let reason =
            explanation.upstream_status_reason.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
        out!("upstream  {status}{reason}");
    }
    if let Some(checked) = explanation.checked {
        out!("checked   {}", checked.minute());
    }
    if let Some(stale) = &explanation.stale {
        out!("stale     {stale}");
    }
    for hit in &explanation.decision.because {
        print_hit("", hit);
    }
    for release in explanation.releases.iter().take(SHOWN) {
        out!("");
        out!(
            "{} {}",
            explanation.project,
            if release.version.is_empty() { "(no version)" } else { &release.version }
        );
        for file in &release.files {
            print_file(file);
        }
    }
    let more = explanation.releases.len().saturating_sub(SHOWN);
    if more > 0 {
        out!("\nand {more} older releases; --json lists them all");
    }
}

fn print_file(file: &FileView) {
    let word = if file.decision.serves() { "served " } else { "refused" };
    let uploaded = file.upload_time.map_or("unknown age".to_owned(), packhouse_model::Timestamp::date);
    out!("  {word}  {}  {uploaded}", file.filename);
    for hit in &file.decision.because {
        print_hit("    ", hit);
    }
    for note in &file.decision.notes {
        out!("      [{}] {}", note.rule, note.sentence);
    }
}

fn print_hit(indent: &str, hit: &packhouse_app::RuleHit) {
    out!("{indent}  [{}] {}", hit.rule, hit.sentence);
    match &hit.excused {
        Some(exception) => {
            let until = exception.until.minute();
            out!("{indent}  excepted by {} until {until}: {}", exception.author, exception.reason);
        }
        None => out!("{indent}  {}", hit.lift),
    }
}

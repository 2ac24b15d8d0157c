use std::time::Duration;

use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use packhouse_app::{Explanation, FileView, Question};
use packhouse_model::Timestamp;

use super::home::Values;
use super::{Shown, failed, page, site};
use crate::pages::{
    Excepted, Fact, Hit, PassedRule, Subject, Verdict, WhyFile, WhyPage, exception_lines, why_path,
};
use crate::routes::{App, Path, Problem, here};

/// How long the exception that a page proposes holds: long enough to get through a cooldown, short enough to be
/// looked at again.
const PROPOSED_FOR: Duration = Duration::from_secs(30 * 86_400);

pub(crate) async fn why(
    app: App,
    Path(id): Path<String>,
    Query(values): Values,
    headers: HeaderMap,
) -> Response {
    let server = match here(app) {
        Ok(server) => server,
        Err(problem) => return problem.into_response(),
    };
    let format = values.get("format").map(String::as_str);
    let accept = headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if format == Some("json") || (format.is_none() && accept.starts_with("application/json")) {
        return json(&server, &id).await.unwrap_or_else(axum::response::IntoResponse::into_response);
    }
    let number = values.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    show(&server, &id, number).await.into_response()
}

async fn json(server: &crate::Server, id: &str) -> Result<Response, Problem> {
    let explanation = server.packhouse.explain(&Question::parse(id)?).await?;
    let text = serde_json::to_string_pretty(&explanation).map_err(|error| {
        tracing::error!(%error, "an explanation could not be written as JSON");
        Problem(packhouse_app::AppError::BadRequest { what: "This cannot be said in JSON.".to_owned() })
    })?;
    Ok((StatusCode::OK, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text)
        .into_response())
}

async fn show(server: &crate::Server, id: &str, number: u64) -> Shown {
    let mut site = site(server, None);
    let question = Question::parse(id).map_err(failed(&site))?;
    if let Some(index) = &question.index {
        site.index.clone_from(index);
    }
    let explanation = server.packhouse.explain(&question).await.map_err(failed(&site))?;
    let rules =
        server.packhouse.index(&explanation.index).map(|index| index.policy.describe()).unwrap_or_default();
    let path = why_path(&explanation.id);
    let files = || explanation.releases.iter().flat_map(|release| &release.files);
    let decisions = || std::iter::once(&explanation.decision).chain(files().map(|file| &file.decision));
    let mut hits = Hit::grouped(decisions());
    for hit in hits.iter_mut().filter(|hit| hit.excused.is_none()) {
        hit.snippet = snippet(&explanation, &hit.rule, site.now);
    }
    let named: Vec<&str> = hits.iter().map(|hit| hit.rule.as_str()).collect();
    let passed = rules.into_iter().filter(|(rule, _)| !named.contains(rule));
    let passed = passed.map(|(rule, sentence)| PassedRule { rule: rule.to_owned(), sentence }).collect();
    let view = WhyPage {
        subject: Subject {
            project: explanation.project.clone(),
            version: explanation.version.clone(),
            file: None,
        },
        index: explanation.index.clone(),
        verdict: verdict(&explanation),
        sentence: explanation.sentence.clone(),
        decided: site.now,
        hits,
        passed,
        facts: facts(&explanation),
        files: files().map(why_file).collect(),
        page: number,
        json: format!("{path}?format=json"),
        path,
        site,
    };
    match tokio::task::spawn_blocking(move || view.render()).await {
        Ok(rendered) => Ok(page(rendered)),
        Err(error) => Ok(page(Err::<String, _>(error))),
    }
}

/// Taken together: served when any file is, held when time alone lets one through.
fn verdict(explanation: &Explanation) -> Verdict {
    if explanation.outcome == packhouse_app::Outcome::Serve {
        return Verdict::Served;
    }
    if !explanation.decision.serves() {
        return Verdict::from(&explanation.decision);
    }
    let files = explanation.releases.iter().flat_map(|release| &release.files);
    let held = files
        .map(|file| Verdict::from(&file.decision))
        .filter(|verdict| matches!(verdict, Verdict::Held { .. }));
    held.min_by_key(|verdict| verdict.until()).unwrap_or(Verdict::Refused)
}

/// The lines that would lift a rule, where one exception can: for a version.
fn snippet(explanation: &Explanation, rule: &str, now: Timestamp) -> Option<String> {
    let version = explanation.version.as_deref()?;
    let liftable = packhouse_app::ALL_RULES.iter().any(|(name, liftable)| *name == rule && *liftable);
    liftable.then(|| {
        exception_lines(Excepted::Version(&explanation.project, version), rule, now.plus(PROPOSED_FOR))
    })
}

fn facts(explanation: &Explanation) -> Vec<Fact> {
    let fact = |name: &str, value: Option<String>, source: &str| Fact {
        name: name.to_owned(),
        value: value.unwrap_or_default(),
        source: source.to_owned(),
    };
    let reason =
        explanation.upstream_status_reason.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
    let status = explanation.upstream_status.as_ref().map(|word| format!("{word}{reason}"));
    let files = || explanation.releases.iter().flat_map(|release| &release.files);
    let uploads = || files().filter_map(|file| file.upload_time);
    let first_seen = files().map(|file| file.first_seen).min();
    let mut facts = vec![
        fact("Status", status, "upstream"),
        fact("Last confirmed", explanation.checked.map(Timestamp::minute), "this server"),
    ];
    if explanation.version.is_some() {
        facts.push(fact("First upload", uploads().min().map(Timestamp::minute), "upstream"));
        facts.push(fact("Last upload", uploads().max().map(Timestamp::minute), "upstream"));
        facts.push(fact("First seen", first_seen.map(Timestamp::minute), "this server"));
    }
    let mut said = Vec::new();
    for note in files().flat_map(|file| &file.decision.notes) {
        if !said.contains(&&note.sentence) {
            said.push(&note.sentence);
            facts.push(fact("Advisory", Some(note.sentence.clone()), "the advisories"));
        }
    }
    if let Some(stale) = &explanation.stale {
        facts.push(fact("Why it is old", Some(stale.clone()), "this server"));
    }
    facts
}

fn why_file(file: &FileView) -> WhyFile {
    WhyFile {
        name: file.filename.clone(),
        kind: file.kind,
        size: file.size,
        sha256: file.sha256.map(|sha256| sha256.hex()),
        uploaded: file.upload_time,
        first_seen: Some(file.first_seen),
        verdict: Verdict::from(&file.decision),
        rules: file.decision.because.iter().map(|hit| hit.rule.to_owned()).collect(),
    }
}

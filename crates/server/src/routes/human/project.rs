use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use packhouse_app::{Explanation, FileView, Question, ReleaseView};

use super::home::Values;
use super::{Shown, failed, page, site};
use crate::pages::{
    Checked, FileRow, Project, ProjectPage, ProjectRefusal, Reason, Release, Show, UpstreamStatus, Verdict,
    project_path, why_path,
};
use crate::routes::{App, Path, here};

pub(crate) async fn project(
    app: App,
    Path(name): Path<String>,
    Query(values): Values,
) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let value = |name: &str| values.get(name).map_or("", String::as_str);
    let number = value("page").parse().unwrap_or(1);
    Ok(show(&server, &name, value("index"), Show::from_query(value("show")), number).await.into_response())
}

async fn show(server: &crate::Server, name: &str, index: &str, show: Show, number: u64) -> Shown {
    let site = site(server, Some(index));
    let project = packhouse_pypi::normalize(name)
        .map_err(|error| failed(&site)(packhouse_app::AppError::NotFound { what: error.to_string() }))?;
    // Other spellings lead to the canonical one, as on the index.
    if project.as_str() != name {
        let to = project_path(project.as_str(), &site.index);
        return Ok((http::StatusCode::SEE_OTHER, [(http::header::LOCATION, to)]).into_response());
    }
    let name = project.as_str().to_owned();
    let tracker = super::distribution::tracker(server, &project).await;
    let question = Question { index: Some(site.index.clone()), project, version: None };
    let explanation = match server.packhouse.explain(&question).await {
        Ok(explanation) => Ok(explanation),
        // What the distribution knows does not hang on the upstream.
        Err(error) if tracker.is_some() => Err(error.to_string()),
        Err(error) => return Err(failed(&site)(error)),
    };
    let simple = server
        .packhouse
        .index(&site.index)
        .map(|index| format!("{}{name}/", index.path()))
        .unwrap_or_default();
    let mut indexes: Vec<String> = server.packhouse.indexes().map(|index| index.name.to_string()).collect();
    if tracker.is_some() {
        indexes.extend(server.packhouse.suite_indexes().iter().map(|index| index.name.to_string()));
    }
    let view = match explanation {
        Ok(explanation) => view(explanation, indexes, simple),
        Err(problem) => unknown(name, site.index.clone(), indexes, simple, problem),
    };
    let work = move || ProjectPage::new(site, view, show, number).with_tracker(tracker).render();
    // Thousands of files are sorted and rendered: not where other requests wait.
    match tokio::task::spawn_blocking(work).await {
        Ok(rendered) => Ok(page(rendered)),
        Err(error) => Ok(page(Err::<String, _>(error))),
    }
}

/// The project when nothing can be said of its files now.
fn unknown(name: String, index: String, indexes: Vec<String>, simple: String, problem: String) -> Project {
    Project {
        status: UpstreamStatus { word: "unknown".to_owned(), reason: None },
        refusal: None,
        checked: Checked { at: None, stale: Some(problem) },
        releases: Vec::new(),
        why: why_path(&name),
        simple,
        indexes,
        index,
        name,
    }
}

fn view(explanation: Explanation, indexes: Vec<String>, simple: String) -> Project {
    let refusal = (!explanation.decision.serves()).then(|| ProjectRefusal {
        verdict: Verdict::from(&explanation.decision),
        because: explanation.decision.because.iter().map(|hit| hit.sentence.clone()).collect(),
    });
    let name = explanation.project.clone();
    let index = explanation.index.clone();
    Project {
        status: UpstreamStatus {
            word: explanation.upstream_status.unwrap_or_else(|| "unknown".to_owned()),
            reason: explanation.upstream_status_reason,
        },
        refusal,
        checked: Checked { at: explanation.checked, stale: explanation.stale },
        releases: explanation
            .releases
            .into_iter()
            .map(|release| release_view(release, &explanation.id))
            .collect(),
        why: why_path(&explanation.id),
        simple,
        indexes,
        index,
        name,
    }
}

fn release_view(release: ReleaseView, project_id: &str) -> Release {
    let id = if release.version.is_empty() {
        project_id.to_owned()
    } else {
        format!("{project_id}=={}", release.version)
    };
    Release {
        uploaded: release.files.iter().filter_map(|file| file.upload_time).min(),
        why: why_path(&id),
        prerelease: release.prerelease,
        version: release.version,
        files: release.files.into_iter().map(file_row).collect(),
    }
}

fn file_row(file: FileView) -> FileRow {
    FileRow {
        kind: file.kind,
        size: file.size,
        sha256: file.sha256.map(|sha256| sha256.hex()),
        requires_python: file.requires_python,
        yanked: file.upstream_yanked,
        deleted: file.deleted,
        verdict: Verdict::from(&file.decision),
        because: Reason::of(&file.decision),
        name: file.filename,
    }
}

use std::sync::Arc;

use http::{HeaderMap, Uri};
use packhouse_app::ReviewView;
use packhouse_distribution::Release;
use packhouse_inspect::{
    Assessment, Change, ContentKind, FileChange, Hunk, MetadataDifference, News, Reason, Sign,
    TextComparison, TextLimits,
};
use packhouse_model::{RiskClass, Sha256};
use serde::Serialize;

use super::params::release_named;
use super::{ApiAnswer, Failed, Params, current, json, not_found};
use crate::Server;
use crate::routes::{App, Path, cut, here};

/// What differs between a file of a release and its counterpart.
#[derive(Serialize)]
struct Overview<'a> {
    release: &'a Release,
    filename: &'a str,
    sha256: Sha256,
    base: Option<BaseDocument<'a>>,
    risk: RiskClass,
    reasons: &'a [Reason],
    more_reasons: usize,
    added_lines: usize,
    removed_lines: usize,
    unchanged: usize,
    metadata: &'a MetadataDifference,
    news: &'a News,
    files: Vec<FileDocument<'a>>,
}

#[derive(Serialize)]
struct BaseDocument<'a> {
    release: &'a Release,
    filename: &'a str,
    sha256: Sha256,
}

/// One changed file, in the order in which to read them.
#[derive(Serialize)]
struct FileDocument<'a> {
    path: &'a str,
    #[serde(flatten)]
    change: Change,
    class: Option<RiskClass>,
    kind: ContentKind,
    old_path: Option<&'a str>,
    old_size: Option<u64>,
    new_size: Option<u64>,
}

/// The lines of one changed file.
#[derive(Serialize)]
struct TextDocument<'a> {
    #[serde(flatten)]
    file: FileDocument<'a>,
    /// `lines` or `too-long`.
    comparison: &'static str,
    hunks: Vec<HunkDocument>,
    added: usize,
    removed: usize,
    not_shown: usize,
    /// What the lines alone do not say, for people.
    remark: Option<String>,
}

#[derive(Serialize)]
struct HunkDocument {
    old_start: usize,
    old_lines: usize,
    new_start: usize,
    new_lines: usize,
    lines: Vec<LineDocument>,
}

#[derive(Serialize)]
struct LineDocument {
    /// ` `, `-` or `+`.
    sign: char,
    number: usize,
    text: String,
}

async fn view(
    server: &Server,
    project: &str,
    version: &str,
    params: &Params,
) -> Result<Arc<ReviewView>, Failed> {
    let release = release_named(project, version)?;
    current(server).await?;
    let base = params.release("base")?;
    Ok(server.packhouse.review_view(&release, params.get("file"), base.as_ref()).await?)
}

fn file<'a>(change: &'a FileChange, assessment: &Assessment) -> FileDocument<'a> {
    FileDocument {
        path: &change.path,
        change: change.change,
        class: assessment.files.get(&change.path).copied(),
        kind: change.kind(),
        old_path: change.old.as_ref().map(|side| side.path.as_str()),
        old_size: change.old.as_ref().map(|side| side.file.size),
        new_size: change.new.as_ref().map(|side| side.file.size),
    }
}

type Named = Path<(String, String)>;

/// `GET releases/{project}/{version}/difference`.
pub(super) async fn overview(
    app: App,
    Path((project, version)): Named,
    uri: Uri,
    headers: HeaderMap,
) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["file", "base"])?;
    let view = view(&server, &project, &version, &params).await?;
    let (difference, assessment) = (&view.difference, &view.assessment);
    let overview = Overview {
        release: &view.release,
        filename: &view.filename,
        sha256: view.sha256,
        base: view.base.as_ref().map(|(release, filename, sha256)| BaseDocument {
            release,
            filename,
            sha256: *sha256,
        }),
        risk: assessment.class,
        reasons: &assessment.reasons,
        more_reasons: assessment.more_reasons,
        added_lines: assessment.added_lines,
        removed_lines: assessment.removed_lines,
        unchanged: difference.unchanged,
        metadata: &difference.metadata,
        news: &difference.news,
        files: view
            .order
            .iter()
            .filter_map(|place| difference.files.get(*place))
            .map(|change| file(change, assessment))
            .collect(),
    };
    json(&headers, &overview)
}

/// `GET releases/{project}/{version}/difference/text`.
pub(super) async fn text(
    app: App,
    Path((project, version)): Named,
    uri: Uri,
    headers: HeaderMap,
) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["file", "base", "path"])?;
    let path = params
        .get("path")
        .ok_or_else(|| super::answer::bad_request("path: expected a path of the difference; found none."))?
        .to_owned();
    let view = view(&server, &project, &version, &params).await?;
    let missing = not_found(format!("No file {} differs between these two.", cut(&path)));
    let compared = tokio::task::spawn_blocking(move || {
        let (change, comparison) = view.file(&path, &TextLimits::default())?;
        serde_json::to_value(text_document(file(change, &view.assessment), &comparison)).ok()
    });
    let document = compared.await.map_err(|_| super::distribution::lost("two texts were being compared"))?;
    json(&headers, &document.ok_or(missing)?)
}

fn text_document<'a>(file: FileDocument<'a>, comparison: &TextComparison) -> TextDocument<'a> {
    let mut document = TextDocument {
        file,
        comparison: "lines",
        hunks: Vec::new(),
        added: 0,
        removed: 0,
        not_shown: 0,
        remark: None,
    };
    match comparison {
        TextComparison::Lines(lines) => {
            document.hunks = lines.hunks.iter().map(hunk).collect();
            (document.added, document.removed) = (lines.added, lines.removed);
            document.not_shown = lines.not_shown;
            if lines.only_line_endings {
                document.remark = Some("only line endings differ".to_owned());
            } else if lines.not_utf_8 {
                document.remark = Some("not UTF-8: what cannot be read is shown as U+FFFD".to_owned());
            }
        }
        TextComparison::TooLong { old_bytes, new_bytes, first_difference } => {
            document.comparison = "too-long";
            let at = first_difference.map_or("none".to_owned(), |at| format!("at byte {at}"));
            document.remark = Some(format!(
                "too long to be compared by lines: {old_bytes} bytes before, {new_bytes} now; first difference: {at}"
            ));
        }
    }
    document
}

fn hunk(hunk: &Hunk) -> HunkDocument {
    let lines = hunk.unified().into_iter().map(|(sign, cell)| LineDocument {
        sign: match sign {
            Sign::Same => ' ',
            Sign::Removed => '-',
            Sign::Added => '+',
        },
        number: cell.number,
        text: cell.text.to_string(),
    });
    HunkDocument {
        old_start: hunk.old_start,
        old_lines: hunk.old_lines,
        new_start: hunk.new_start,
        new_lines: hunk.new_lines,
        lines: lines.collect(),
    }
}

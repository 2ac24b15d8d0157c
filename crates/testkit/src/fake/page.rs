//! Project pages and the list of projects: PEP 503, 691, 700, 714, 740 and 792.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::project::{Project, Row};
use super::settings::Dialect;

/// What a page is written for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) dialect: Dialect,
    /// The request accepts the Simple API's JSON.
    pub(super) accepts_json: bool,
}

impl Wanted {
    /// Whether the answer is JSON rather than HTML.
    pub(super) fn json(self) -> bool {
        self.accepts_json && matches!(self.dialect, Dialect::Json | Dialect::Json10)
    }

    /// The `Content-Type` of the answer.
    pub(super) fn content_type(self) -> &'static str {
        if self.json() { "application/vnd.pypi.simple.v1+json" } else { "text/html" }
    }
}

/// The project's page.
pub(super) fn project_page(project: &Project, rows: &[Row<'_>], wanted: Wanted) -> String {
    if wanted.json() {
        project_json(project, rows, wanted.dialect)
    } else {
        project_html(project, rows, wanted)
    }
}

/// The list of all projects.
pub(super) fn project_list<'a>(names: impl Iterator<Item = &'a str>, wanted: Wanted) -> String {
    if wanted.json() {
        let version = if wanted.dialect == Dialect::Json { "1.4" } else { "1.0" };
        let projects: Vec<Value> = names.map(|name| json!({ "name": name })).collect();
        return json!({ "meta": { "api-version": version }, "projects": projects }).to_string();
    }
    let mut page =
        String::from("<!DOCTYPE html>\n<html>\n<head><title>Simple index</title></head>\n<body>\n");
    for name in names {
        let _ = writeln!(page, "<a href=\"/simple/{name}/\">{name}</a><br/>");
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn project_html(project: &Project, rows: &[Row<'_>], wanted: Wanted) -> String {
    let full = wanted.dialect == Dialect::Json;
    let bare = matches!(wanted.dialect, Dialect::HtmlMinimal | Dialect::Json10);
    let mut head = String::new();
    if full {
        head.push_str("<meta name=\"pypi:repository-version\" content=\"1.4\">\n");
        if let Some((status, reason)) = &project.status {
            let _ = writeln!(head, "<meta name=\"pypi:project-status\" content=\"{}\">", escape(status));
            if let Some(reason) = reason {
                let reason = escape(reason);
                let _ = writeln!(head, "<meta name=\"pypi:project-status-reason\" content=\"{reason}\">");
            }
        }
    }
    let name = &project.name;
    let mut page = format!(
        "<!DOCTYPE html>\n<html>\n<head>{head}<title>Links for {name}</title></head>\n<body>\n\
         <h1>Links for {name}</h1>\n"
    );
    for row in rows {
        let hash = row.sha256.as_ref().map(|hex| format!("#sha256={hex}")).unwrap_or_default();
        let mut attributes = String::new();
        let mut add = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                let _ = write!(attributes, " data-{key}=\"{}\"", escape(value));
            }
        };
        if !bare {
            add("requires-python", row.requires_python.as_deref());
            add("yanked", row.yanked.as_deref());
        }
        if wanted.dialect == Dialect::Html && wanted.accepts_json {
            add("upload-time", row.file.uploaded.map(|time| time.to_string()).as_deref());
        }
        if full {
            let metadata = row.metadata_sha256.as_ref().map(|hex| format!("sha256={hex}"));
            add("dist-info-metadata", metadata.as_deref());
            add("core-metadata", metadata.as_deref());
            add("provenance", row.provenance_url.as_deref());
        }
        let (url, label) = (escape(&row.url), escape(&row.filename));
        let _ = writeln!(page, "<a href=\"{url}{hash}\"{attributes}>{label}</a><br/>");
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn project_json(project: &Project, rows: &[Row<'_>], dialect: Dialect) -> String {
    let full = dialect == Dialect::Json;
    let files: Vec<Value> = rows.iter().map(|row| file_json(row, full)).collect();
    let mut page = Map::new();
    if full {
        page.insert("meta".into(), json!({ "api-version": "1.4", "_last-serial": project.serial }));
    } else {
        page.insert("meta".into(), json!({ "api-version": "1.0" }));
    }
    page.insert("name".into(), json!(project.name));
    page.insert("files".into(), Value::Array(files));
    if full {
        page.insert("versions".into(), json!(project.versions()));
        let mut status = Map::new();
        let (word, reason) = project.status.clone().unwrap_or_else(|| ("active".into(), None));
        status.insert("status".into(), word.into());
        status.extend(reason.map(|reason| ("reason".to_owned(), Value::from(reason))));
        page.insert("project-status".into(), Value::Object(status));
        page.extend(project.fields.clone());
    }
    Value::Object(page).to_string()
}

fn file_json(row: &Row<'_>, full: bool) -> Value {
    let mut file = Map::new();
    let hashes: Map<String, Value> =
        row.sha256.iter().map(|hex| ("sha256".to_owned(), Value::from(hex.as_str()))).collect();
    file.insert("filename".into(), row.filename.as_str().into());
    file.insert("url".into(), row.url.as_str().into());
    file.insert("hashes".into(), Value::Object(hashes));
    if let Some(requirement) = &row.requires_python {
        file.insert("requires-python".into(), requirement.as_str().into());
    }
    match row.yanked.as_deref() {
        None => file.insert("yanked".into(), false.into()),
        Some("") => file.insert("yanked".into(), true.into()),
        Some(reason) => file.insert("yanked".into(), reason.into()),
    };
    if full {
        file.insert("size".into(), row.file.size.into());
        if let Some(time) = row.file.uploaded {
            file.insert("upload-time".into(), time.to_string().into());
        }
        let metadata =
            row.metadata_sha256.as_ref().map_or(Value::Bool(false), |hex| json!({ "sha256": hex }));
        file.insert("core-metadata".into(), metadata.clone());
        file.insert("data-dist-info-metadata".into(), metadata);
        file.insert("provenance".into(), json!(row.provenance_url));
        file.extend(row.file.fields.clone());
    }
    Value::Object(file)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

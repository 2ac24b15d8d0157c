//! The project's JSON document, `/pypi/<project>/json`, as registries give it beside the Simple API.

use serde_json::{Map, Value, json};

use super::project::{Project, Row};

/// The document of a project, or of one of its versions. `None` when there is no such version.
pub(super) fn document(project: &Project, rows: &[Row<'_>], version: Option<&str>) -> Option<String> {
    let chosen = match version {
        Some(version) => version,
        None => newest(project)?,
    };
    let of = |version: &str| -> Vec<Value> {
        rows.iter().filter(|row| row.file.version == version).map(entry).collect()
    };
    let urls = of(chosen);
    if version.is_some() && urls.is_empty() {
        return None;
    }
    let mut document = Map::new();
    document.insert("info".into(), info(project, rows, chosen));
    document.insert("last_serial".into(), project.serial.into());
    if version.is_none() {
        let releases: Map<String, Value> =
            project.versions().into_iter().map(|version| (version.to_owned(), of(version).into())).collect();
        document.insert("releases".into(), Value::Object(releases));
    }
    document.insert("urls".into(), urls.into());
    document.insert("vulnerabilities".into(), json!([]));
    document.extend(project.document.clone());
    Some(Value::Object(document).to_string())
}

fn info(project: &Project, rows: &[Row<'_>], version: &str) -> Value {
    let row = rows.iter().find(|row| row.file.version == version);
    let requires_dist: Option<&[String]> =
        row.map(|row| row.file.requires_dist.as_slice()).filter(|list| !list.is_empty());
    let mut info = json!({
        "author": null, "author_email": null, "classifiers": [], "description": "", "home_page": null,
        "license": null, "maintainer": null, "maintainer_email": null,
        "name": project.name, "project_urls": null, "requires_dist": requires_dist,
        "requires_python": row.and_then(|row| row.requires_python.clone()),
        "summary": null, "version": version,
        "yanked": row.is_some_and(|row| row.yanked.is_some()),
        "yanked_reason": row.and_then(|row| row.yanked.clone()),
    });
    if let Value::Object(info) = &mut info {
        info.extend(project.info.clone());
    }
    info
}

fn entry(row: &Row<'_>) -> Value {
    let wheel = row.file.path.ends_with(".whl");
    let time = row.file.uploaded.map(|time| time.to_string());
    let digests: Map<String, Value> =
        row.sha256.iter().map(|hex| ("sha256".to_owned(), Value::from(hex.as_str()))).collect();
    json!({
        "comment_text": "",
        "digests": digests,
        "downloads": -1,
        "filename": row.filename,
        "has_sig": false,
        "packagetype": if wheel { "bdist_wheel" } else { "sdist" },
        "python_version": if wheel { "py3" } else { "source" },
        "requires_python": row.requires_python,
        "size": row.file.size,
        "upload_time": time.as_ref().map(|time| &time[..19]),
        "upload_time_iso_8601": time,
        "url": row.url,
        "yanked": row.yanked.is_some(),
        "yanked_reason": row.yanked.as_ref().filter(|reason| !reason.is_empty()),
    })
}

/// The newest version by its numbers, final ones before pre-releases. Good enough for a fake.
fn newest(project: &Project) -> Option<&str> {
    project.versions().into_iter().max_by_key(|version| {
        let is_final = !version.contains(|c: char| c.is_ascii_alphabetic());
        let numbers: Vec<u64> =
            version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
        (is_final, numbers)
    })
}

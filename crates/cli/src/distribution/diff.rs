//! The difference between two releases on the terminal: metadata first, then files by risk, as a unified diff.

use std::io::IsTerminal as _;

use clap::Args;
use packhouse_client::{Client, Compared, Difference, DifferenceFile, TextDifference};
use packhouse_distribution::Release;
use serde_json::Value;

use super::remote::{Remote, failed};
use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// `review diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Such as flask==3.1.0
    #[arg(value_parser = show::release)]
    release: Release,
    /// What to compare with [default: the last accepted release]
    #[arg(long, value_name = "RELEASE", value_parser = show::release)]
    base: Option<Release>,
    /// Which file of the release [default: the one that says most]
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// Only these paths in it
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Only the list of changed files
    #[arg(long)]
    stat: bool,
}

/// How lines are coloured; nothing without a terminal.
#[derive(Clone, Copy)]
struct Colours {
    on: bool,
}

impl Colours {
    fn of_terminal() -> Self {
        Self { on: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// `packhouse review diff`.
pub(super) async fn run(common: &Common, remote: &Remote, diff: &Diff) -> Result<Outcome, Failure> {
    let client = remote.client()?;
    let (project, version) = (diff.release.project.to_string(), diff.release.version.to_string());
    let base = diff.base.as_ref().map(ToString::to_string);
    let compared = Compared { file: diff.file.as_deref(), base: base.as_deref() };
    let overview = client.difference(&project, &version, compared).await.map_err(|error| failed(&error))?;
    if common.json {
        return Ok(show::json(&overview.json));
    }
    let colours = Colours::of_terminal();
    let overview = overview.document;
    head(&overview, colours);
    let wanted = |file: &&DifferenceFile| diff.paths.is_empty() || diff.paths.contains(&file.path);
    let files: Vec<&DifferenceFile> = overview.files.iter().filter(wanted).collect();
    if files.is_empty() && !diff.paths.is_empty() {
        return Err(Failure::no(format!("nothing differs in {}", diff.paths.join(", "))));
    }
    for file in &files {
        let class = file.class.as_deref().unwrap_or("--");
        out!("{}", colours.paint("1", &format!("{class}  {:<8}  {}", file.change, show::plain(&file.path))));
    }
    if diff.stat {
        return Ok(Outcome::Done);
    }
    // What was chosen for the overview holds for every file of it.
    let compared = Compared { file: Some(&overview.filename), base: base.as_deref() };
    for file in files {
        one(&client, (&project, &version), compared, file, colours).await?;
    }
    Ok(Outcome::Done)
}

fn head(overview: &Difference, colours: Colours) {
    match &overview.base {
        Some(base) => out!("{} against {} of {}", overview.filename, base.filename, base.release),
        None => out!("{}, all of it: there is nothing to compare with", overview.filename),
    }
    out!("risk {}, +{} -{} lines", overview.risk, overview.added_lines, overview.removed_lines);
    for reason in &overview.reasons {
        let (class, text) =
            (reason["class"].as_str().unwrap_or_default(), reason["text"].as_str().unwrap_or_default());
        out!("  {class}  {}", show::plain(text));
    }
    let mut lines = Vec::new();
    metadata(&overview.metadata, &mut lines);
    if let Some(news) = overview.news.as_object() {
        for (what, list) in news.iter().filter(|(what, _)| *what != "dependencies") {
            lines.extend(items(list).map(|item| ('+', format!("{}: {item}", what.replace('_', " ")))));
        }
    }
    if !lines.is_empty() {
        out!("\nmetadata");
    }
    for (sign, text) in lines {
        out!("{}", line(sign, &show::plain(&text), colours));
    }
    out!("");
}

/// The changes of the metadata, as lines.
fn metadata(changes: &Value, lines: &mut Vec<(char, String)>) {
    for problem in items(&changes["problems"]) {
        lines.push(('!', problem));
    }
    for change in changes["requirements"].as_array().into_iter().flatten() {
        lines.extend(items(&change["old"]).map(|text| ('-', format!("requires {text}"))));
        lines.extend(items(&change["new"]).map(|text| ('+', format!("requires {text}"))));
    }
    for change in changes["entry_points"].as_array().into_iter().flatten() {
        for (sign, side) in [('-', &change["old"]), ('+', &change["new"])] {
            if !side.is_null() {
                lines.push((sign, format!("entry point {}", item(side))));
            }
        }
    }
    for change in changes["fields"].as_array().into_iter().flatten() {
        let field = change["field"].as_str().unwrap_or_default();
        lines.extend(items(&change["removed"]).map(|text| ('-', format!("{field}: {text}"))));
        lines.extend(items(&change["added"]).map(|text| ('+', format!("{field}: {text}"))));
    }
}

fn items(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().map(item)
}

fn item(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if fields.contains_key("group") => {
            let part = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("[{}] {} = {}", part("group"), part("name"), part("value"))
        }
        other => other.to_string(),
    }
}

async fn one(
    client: &Client,
    (project, version): (&str, &str),
    compared: Compared<'_>,
    file: &DifferenceFile,
    colours: Colours,
) -> Result<(), Failure> {
    out!("");
    out!(
        "{}",
        colours.paint(
            "1",
            &format!("--- {}", file.old_path.as_deref().map_or("/dev/null".to_owned(), show::plain))
        )
    );
    let now = if file.change == "removed" { "/dev/null".to_owned() } else { show::plain(&file.path) };
    out!("{}", colours.paint("1", &format!("+++ {now}")));
    if matches!(file.kind.as_str(), "binary" | "native-binary") {
        out!("binary: {} bytes before, {} now", file.old_size.unwrap_or(0), file.new_size.unwrap_or(0));
        return Ok(());
    }
    let text = client.text(project, version, compared, &file.path).await.map_err(|error| failed(&error))?;
    for line in unified(&text.document, colours) {
        out!("{line}");
    }
    Ok(())
}

fn unified(text: &TextDifference, colours: Colours) -> Vec<String> {
    let mut lines = Vec::new();
    for hunk in &text.hunks {
        let place =
            format!("@@ -{},{} +{},{} @@", hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines);
        lines.push(colours.paint("36", &place));
        lines.extend(hunk.lines.iter().map(|one| line(one.sign, &show::plain(&one.text), colours)));
    }
    if text.not_shown > 0 {
        lines.push(format!("{} more changed lines", text.not_shown));
    }
    lines.extend(text.remark.as_deref().map(show::plain));
    lines
}

fn line(sign: char, text: &str, colours: Colours) -> String {
    let line = format!("{sign}{text}");
    match sign {
        '+' => colours.paint("32", &line),
        '-' => colours.paint("31", &line),
        '!' => colours.paint("35", &line),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use packhouse_client::{Hunk, Line};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_unified_diff() {
        let lines = [(' ', "import os"), ('-', "a = 1"), ('+', "a = \u{1b}[31m2")];
        let text = TextDifference {
            path: "m.py".to_owned(),
            old_path: None,
            change: "changed".to_owned(),
            hunks: vec![Hunk {
                old_start: 1,
                old_lines: 2,
                new_start: 1,
                new_lines: 2,
                lines: lines.map(|(sign, text)| Line { sign, text: text.to_owned() }).to_vec(),
            }],
            added: 1,
            removed: 1,
            not_shown: 4,
            remark: Some("only some".to_owned()),
        };
        assert_eq!(
            unified(&text, Colours { on: false }),
            [
                "@@ -1,2 +1,2 @@",
                " import os",
                "-a = 1",
                "+a = \\u{1b}[31m2",
                "4 more changed lines",
                "only some"
            ]
        );
        assert!(unified(&text, Colours { on: true })[2].starts_with("\u{1b}[31m-a"));
    }

    #[test]
    fn metadata_as_lines() {
        let changes = json!({
            "problems": ["METADATA is there twice"],
            "requirements": [{ "project": "six", "old": ["six"], "new": ["six>=1"] }],
            "entry_points": [{ "old": null, "new": { "group": "console_scripts", "name": "x", "value": "m:f" } }],
            "fields": [{ "field": "License", "removed": ["MIT"], "added": ["GPL"] }],
        });
        let mut lines = Vec::new();
        metadata(&changes, &mut lines);
        let lines: Vec<String> = lines.into_iter().map(|(sign, text)| format!("{sign}{text}")).collect();
        assert_eq!(
            lines,
            [
                "!METADATA is there twice",
                "-requires six",
                "+requires six>=1",
                "+entry point [console_scripts] x = m:f",
                "-License: MIT",
                "+License: GPL",
            ]
        );
    }
}

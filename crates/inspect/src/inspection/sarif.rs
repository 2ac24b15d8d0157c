//! A report as SARIF 2.1.0, the format in which tools hand each other findings (OASIS, *Static Analysis Results
//! Interchange Format*).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::report::{Class, Finding, Report};
use super::rules::Rules;

/// The log of one report on the file of this name. Text and places are the report's; what the file's bytes hold beyond the
/// excerpts is not in it.
pub fn log(filename: &str, report: &Report) -> Value {
    let used: BTreeSet<&str> = report.findings.iter().map(|finding| &*finding.rule).collect();
    let rules: Vec<_> = Rules::list().iter().filter(|rule| used.contains(rule.id)).collect();
    let index = |finding: &Finding| rules.iter().position(|rule| rule.id == finding.rule);
    let results: Vec<Value> =
        report.findings.iter().map(|finding| result(filename, finding, index(finding))).collect();
    let descriptors: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "name": rule.name,
                "shortDescription": { "text": rule.sentence },
                "help": { "text": rule.question },
                "defaultConfiguration": { "level": level(rule.class) },
                "properties": { "version": rule.version, "class": rule.class.word() },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "packhouse-inspect",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": descriptors,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": !report.findings.iter().any(|f| f.rule.starts_with('X')) }],
            "results": results,
            "properties": { "verdict": report.verdict.word(), "ruleSet": report.rule_set, "more": report.more },
        }],
    })
}

fn result(filename: &str, finding: &Finding, index: Option<usize>) -> Value {
    let path = if finding.path.is_empty() { filename } else { &finding.path };
    let mut place = json!({ "artifactLocation": { "uri": uri(path) } });
    if let Some(region) = finding.region {
        place["region"] = json!({
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
            "snippet": { "text": finding.excerpt },
        });
    }
    let mut value = json!({
        "ruleId": finding.rule,
        "level": level(finding.class),
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": place }],
        "partialFingerprints": { "packhouse/v1": finding.fingerprint },
        "properties": {
            "class": finding.class.word(),
            "ruleVersion": finding.rule_version,
            "question": finding.question,
            "absentFrom": finding.absent_from,
        },
    });
    if let Some(index) = index {
        value["ruleIndex"] = json!(index);
    }
    if !finding.absent_from.is_empty() || !finding.new {
        value["baselineState"] = json!(if finding.new { "new" } else { "unchanged" });
    }
    value
}

fn level(class: Class) -> &'static str {
    match class {
        Class::Block | Class::High => "error",
        Class::Review => "warning",
        Class::Info => "note",
    }
}

/// A relative reference (RFC 3986): everything but unreserved characters and `/` as `%XX`.
fn uri(path: &str) -> String {
    let mut found = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            found.push(char::from(byte));
        } else {
            found.push_str(&format!("%{byte:02X}"));
        }
    }
    found
}

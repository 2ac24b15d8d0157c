//! The export for other tools.

use packhouse_inspect::sarif;

use crate::{python, wheel};

#[test]
fn a_report_as_sarif() {
    let report = python("import base64\nexec(base64.b64decode('cHJpbnQ='))\n");
    let log = sarif::log("p-1-py3-none-any.whl", &report);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["properties"]["verdict"], "block");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let result = &run["results"][0];
    assert_eq!(result["level"], "error");
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "p/__init__.py");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(place["region"]["startColumn"], 1);
    assert_eq!(result["baselineState"], "new");
    for result in run["results"].as_array().unwrap() {
        assert!(matches!(result["level"].as_str().unwrap(), "error" | "warning" | "note"));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    }
}

#[test]
fn paths_are_references() {
    let report = crate::alone(&wheel(&[("p/a b#%.py", "def f(:")]));
    let log = sarif::log("p.whl", &report);
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "p/a%20b%23%25.py");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn a_report_is_stored_and_read() {
    let report = python("URL = 'https://webhook.site/inert'");
    let text = serde_json::to_string(&report).unwrap();
    let again: packhouse_inspect::Report = serde_json::from_str(&text).unwrap();
    assert_eq!(again, report);
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(value["verdict"], "review");
    assert_eq!(value["findings"][0]["class"], "high");
}

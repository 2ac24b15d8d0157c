//! The controls of the guard, each alone: one index for each, in which nothing else is switched on.

use std::collections::BTreeSet;

use packhouse_model::Sha256;
use serde_json::Value;

use crate::world::Server;

/// A rule of the guard, and what switches it on.
pub(crate) struct Control {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// Lines of a policy in which nothing else is on. They are those of the default configuration.
    settings: &'static str,
}

/// What switches everything off that can be switched off.
const OFF: &str = "cooldown = \"0\"\nsdist = \"always\"\n";

/// In the order of the report.
pub(crate) const CONTROLS: &[Control] = &[
    Control { rule: "cooldown", settings: "cooldown = \"7d\"" },
    Control { rule: "first-seen-pin", settings: "" },
    Control { rule: "wheels-only", settings: "sdist = \"unless-wheel\"" },
];

/// A configuration with an index for each control.
pub(crate) fn configuration() -> String {
    let mut text = format!("suite = \"\"\n[policy]\n{OFF}");
    for control in CONTROLS {
        text += &format!("[index.{}]\n", control.rule);
        if !control.settings.is_empty() {
            text += &format!("[index.{}.policy]\n{}\n", control.rule, control.settings);
        }
    }
    text
}

/// What an index says of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// They are handed out.
    Served,
    /// They are refused, by these rules.
    Refused(Vec<(String, String)>),
    /// They are not listed: not yet, no longer, or something else stands in their place.
    Absent,
}

/// What an index says of a release's files: served when any of them is.
pub(crate) fn ask(server: &Server, index: Option<&str>, project: &str, files: &BTreeSet<Sha256>) -> Answer {
    let Some(why) = server.why(index, project) else { return Answer::Absent };
    let whole = hits(&why["decision"]);
    if why["decision"]["outcome"] != "serve" {
        return Answer::Refused(whole);
    }
    let releases = why["releases"].as_array().expect("releases").iter();
    let all = releases.flat_map(|release| release["files"].as_array().expect("files"));
    let theirs = |file: &&Value| {
        let sha256 = file["sha256"].as_str().and_then(|hex| hex.parse().ok());
        sha256.is_some_and(|sha256: Sha256| files.contains(&sha256))
    };
    let (mut rules, mut listed) = (Vec::new(), false);
    for file in all.filter(theirs) {
        listed = true;
        if file["decision"]["outcome"] == "serve" {
            return Answer::Served;
        }
        for hit in hits(&file["decision"]) {
            if !rules.contains(&hit) {
                rules.push(hit);
            }
        }
    }
    if listed { Answer::Refused(rules) } else { Answer::Absent }
}

/// The rules that have something against it, with their sentences.
fn hits(decision: &Value) -> Vec<(String, String)> {
    let because = decision["because"].as_array().expect("reasons").iter();
    because
        .filter(|hit| hit["excused"].is_null())
        .map(|hit| {
            let text = |key: &str| hit[key].as_str().unwrap_or_default().to_owned();
            (text("rule"), text("sentence"))
        })
        .collect()
}

//! The controls of the guard, each alone: a server for each, in which nothing else is switched on.

use std::collections::BTreeSet;

use packhouse_model::Sha256;
use packhouse_testkit::httptest::get;
use serde_json::Value;

use crate::world::Server;

/// A rule of the guard, and what switches it on.
pub(crate) struct Control {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// What it is, in two or three words.
    pub(crate) what: &'static str,
    /// The lines of a policy that are not those of [`OFF`]: as in the default configuration.
    on: &'static [(&'static str, &'static str)],
}

/// What switches everything off that can be switched off.
const OFF: &[(&str, &str)] = &[
    ("cooldown", "\"0\""),
    ("cooldown-new-projects", "\"0\""),
    ("sdist", "\"always\""),
    ("new-sdists", "\"0\""),
    ("new-dependencies", "\"0\""),
    ("findings", "\"off\""),
    ("names", "\"0\""),
    ("deleted", "\"keep\""),
    ("publisher", "\"0\""),
];

/// In the order of the report.
pub(crate) const CONTROLS: &[Control] = &[
    Control {
        rule: "cooldown",
        what: "7 days of waiting, 30 for a new project",
        on: &[("cooldown", "\"7d\""), ("cooldown-new-projects", "\"30d\"")],
    },
    Control {
        rule: "findings",
        what: "what an inspection of the bytes saw",
        on: &[("findings", "\"review\"")],
    },
    Control { rule: "first-seen-pin", what: "a filename means the same bytes for ever", on: &[] },
    Control { rule: "names", what: "a new name that looks like a known one", on: &[("names", "\"365d\"")] },
    Control {
        rule: "new-dependencies",
        what: "no release that newly needs a project younger than 90 days",
        on: &[("new-dependencies", "\"90d\"")],
    },
    Control {
        rule: "publisher",
        what: "14 days where somebody else publishes than before, or a file comes late",
        on: &[("publisher", "\"14d\"")],
    },
    Control {
        rule: "wheels-only",
        what: "no sdist where there is a wheel, and none of a new project",
        on: &[("sdist", "\"unless-wheel\""), ("new-sdists", "\"730d\"")],
    },
];

impl Control {
    /// The configuration of a server with nothing else.
    pub(crate) fn configuration(&self) -> String {
        let mut text = "suite = \"\"\n[policy]\n".to_owned();
        for (key, off) in OFF {
            let value = self.on.iter().find(|(name, _)| name == key).map_or(*off, |(_, value)| *value);
            text += &format!("{key} = {value}\n");
        }
        text
    }
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

/// What a server does with a release's files: it hands them out when it gives all bytes of one of them.
pub(crate) fn ask(server: &Server, project: &str, files: &BTreeSet<Sha256>) -> Answer {
    match said(server, project, files) {
        (Answer::Served, Some(path)) => {
            let url = format!("{}{path}", server.url);
            // Its bytes may show what nobody knew before.
            let all = get(&url, &[])
                .is_ok_and(|answer| answer.status == 200 && files.contains(&Sha256::of(&answer.body)));
            match said(server, project, files) {
                (Answer::Served, _) if !all => panic!("{url} is served, and is not there"),
                (answer, _) => {
                    assert!(
                        !all || answer == Answer::Served,
                        "{url} was handed out, and is refused: {answer:?}"
                    );
                    answer
                }
            }
        }
        (answer, _) => answer,
    }
}

/// What is said of a release's files, and the path of one that is served.
fn said(server: &Server, project: &str, files: &BTreeSet<Sha256>) -> (Answer, Option<String>) {
    let Some(why) = server.why(project) else { return (Answer::Absent, None) };
    if why["decision"]["outcome"] != "serve" {
        return (Answer::Refused(hits(&why["decision"])), None);
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
            return (Answer::Served, file["path"].as_str().map(str::to_owned));
        }
        for hit in hits(&file["decision"]) {
            if !rules.contains(&hit) {
                rules.push(hit);
            }
        }
    }
    (if listed { Answer::Refused(rules) } else { Answer::Absent }, None)
}

/// The rules that have something against it, with their sentences.
fn hits(decision: &Value) -> Vec<(String, String)> {
    let because = decision["because"].as_array().expect("reasons").iter();
    because
        .filter(|hit| hit["excused"].is_null())
        // Held for want of a fact is held, and is no word against it.
        .filter(|hit| !hit["sentence"].as_str().unwrap_or_default().contains("(missing fact"))
        .map(|hit| {
            let text = |key: &str| hit[key].as_str().unwrap_or_default().to_owned();
            (text("rule"), text("sentence"))
        })
        .collect()
}

//! The plan of a migration (`excuses.json`) on the terminal.

use std::collections::BTreeMap;

use packhouse_model::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::show;

/// As much of `excuses.json` as is shown.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Plan {
    pub(super) accepted: Vec<Group>,
    pub(super) excuses: Vec<Excuse>,
    stage: String,
    exact: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    items: Vec<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Excuse {
    item_name: String,
    pub(super) project: String,
    kind: String,
    transition: Option<String>,
    old_version: Vec<String>,
    new_version: Vec<String>,
    accepted: bool,
    verdict: String,
    policy_info: Vec<Hit>,
    phase2: Trial,
    actor_needed: Vec<String>,
    since: Timestamp,
    eta: Value,
}

#[derive(Debug, Deserialize)]
struct Hit {
    policy: String,
    verdict: String,
    sentence: String,
    lift: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Trial {
    environments: BTreeMap<String, Environment>,
    minimal_fix: Option<Vec<Fix>>,
    instead_of: Vec<String>,
    acceptable: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Environment {
    newly_uninstallable: Vec<Broken>,
}

#[derive(Debug, Deserialize)]
struct Broken {
    root: String,
    waived: bool,
    explanation: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Fix {
    subject: String,
    needs: Vec<String>,
}

/// Policies that say nothing against it.
const QUIET: &[&str] = &["pass", "not-applicable"];

/// The whole plan: what moves, then why the rest does not.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let moving: usize = plan.accepted.iter().map(|group| group.items.len()).sum();
    let exact = if plan.exact { "" } else { "; the search was cut short" };
    let mut lines =
        vec![format!("{moving} of {} items move (stage {}{exact})", plan.excuses.len(), plan.stage)];
    for group in &plan.accepted {
        lines.push(format!("  {}: {}", group.items.join(", "), show::plain(&group.reason)));
    }
    for excuse in plan.excuses.iter().filter(|excuse| !excuse.accepted) {
        lines.push(String::new());
        lines.extend(excuse_lines(excuse));
    }
    lines
}

/// One item: what blocks it, what would help, who must act, since when, how long at best.
pub(super) fn excuse_lines(excuse: &Excuse) -> Vec<String> {
    let versions =
        |versions: &[String]| if versions.is_empty() { "-".to_owned() } else { versions.join(", ") };
    let word = if excuse.accepted { "moves".to_owned() } else { excuse.verdict.replace('-', " ") };
    let transition =
        excuse.transition.as_ref().map_or_else(String::new, |name| format!(", transition {name}"));
    let mut lines = vec![format!(
        "{} ({}, {} -> {}{transition}): {word}",
        excuse.item_name,
        excuse.kind,
        versions(&excuse.old_version),
        versions(&excuse.new_version)
    )];
    for hit in excuse.policy_info.iter().filter(|hit| !QUIET.contains(&hit.verdict.as_str())) {
        lines.push(format!("  {}: {}", hit.policy, show::plain(&hit.sentence)));
        if !hit.lift.is_empty() {
            lines.push(format!("      {}", show::plain(&hit.lift)));
        }
    }
    trial_lines(&excuse.phase2, &mut lines);
    if !excuse.accepted {
        let who =
            if excuse.actor_needed.is_empty() { "nobody".to_owned() } else { excuse.actor_needed.join(", ") };
        let eta = match &excuse.eta {
            Value::Null => "now".to_owned(),
            Value::String(text) => text.parse::<Timestamp>().map_or(text.clone(), Timestamp::minute),
            other => other.to_string(),
        };
        lines.push(format!("  must act: {who}; since {}; at best: {eta}", excuse.since.minute()));
    }
    lines
}

fn trial_lines(trial: &Trial, lines: &mut Vec<String>) {
    for (name, environment) in &trial.environments {
        for broken in &environment.newly_uninstallable {
            let waived = if broken.waived { " (waived)" } else { "" };
            lines.push(format!("  on {name} it makes {} uninstallable{waived}", broken.root));
            lines.extend(broken.explanation.iter().map(|line| format!("      {}", show::plain(line))));
        }
    }
    match &trial.minimal_fix {
        Some(fix) if !fix.is_empty() => {
            let others: Vec<&str> = fix.iter().map(|other| other.subject.as_str()).collect();
            lines.push(format!("  it would pass together with {}", others.join(", ")));
            for need in fix.iter().flat_map(|other| &other.needs) {
                lines.push(format!("      {}", show::plain(need)));
            }
        }
        None if !trial.acceptable => lines.push("  no other items of this run would let it pass".to_owned()),
        _ => {}
    }
    if !trial.instead_of.is_empty() {
        lines.push(format!("  it would pass without {}", trial.instead_of.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_reads_and_is_told() {
        let excuse = |name: &str, accepted: bool, verdict: &str| {
            json!({
                "item-name": name, "project": "reb", "kind": "update", "old-version": ["1.0"],
                "new-version": ["1.1"], "accepted": accepted, "verdict": verdict,
                "policy-info": [
                    { "policy": "age", "verdict": "rejected-temporarily", "sentence": "It is young.", "lift": "Wait." },
                    { "policy": "block", "verdict": "pass", "sentence": "No block.", "lift": "" },
                ],
                "phase2": {
                    "environments": { "cp312": { "requirement": "required", "newly-uninstallable": [
                        { "root": "web", "waived": false, "explanation": ["web needs reb<1.1"] }] } },
                    "minimal-fix": [{ "subject": "web 2.0", "needs": ["It is young."] }],
                    "instead-of": [], "acceptable": false,
                },
                "actor-needed": ["machine"], "since": "2026-01-01T00:00:00Z", "eta": "2026-01-06T00:00:00Z",
            })
        };
        let plan = json!({
            "stage": "dev", "exact": true,
            "accepted": [{ "items": ["six"], "reason": "It moves by itself." }],
            "excuses": [excuse("six", true, "pass"), excuse("reb", false, "rejected-temporarily")],
        });
        let plan: Plan = serde_json::from_value(plan).unwrap();
        assert_eq!(
            lines(&plan),
            [
                "1 of 2 items move (stage dev)",
                "  six: It moves by itself.",
                "",
                "reb (update, 1.0 -> 1.1): rejected temporarily",
                "  age: It is young.",
                "      Wait.",
                "  on cp312 it makes web uninstallable",
                "      web needs reb<1.1",
                "  it would pass together with web 2.0",
                "      It is young.",
                "  must act: machine; since 2026-01-01 00:00 UTC; at best: 2026-01-06 00:00 UTC",
            ]
        );
    }
}

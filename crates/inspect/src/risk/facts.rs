//! Reasons that stand in the metadata, or are known to the caller.

use super::{Found, Place, RiskFacts, RiskRule};
use crate::difference::Difference;
use crate::metadata::FieldChange;

pub(super) fn look(facts: &RiskFacts, difference: &Difference, found: &mut Found) {
    if facts.new_project {
        found.add(RiskRule::NewProject, Place::Release, "nothing of this project was accepted before");
    }
    if let Some(publisher) = &facts.new_publisher {
        let text = format!("published by {publisher}, who did not publish the release before");
        found.add(RiskRule::NewPublisher, Place::Release, text);
    }
    if let Some(how) = &facts.differs_from_repository {
        let text = format!("the sdist differs from the repository: {how}");
        found.add(RiskRule::DiffersFromRepository, Place::Release, text);
    }
    let metadata = &difference.metadata;
    for problem in &metadata.problems {
        // The old metadata was accepted as it is.
        if !problem.starts_with("the old") {
            found.add(RiskRule::Unreadable, field("Metadata-Version"), problem.clone());
        }
    }
    for requirement in &metadata.requirements {
        let (old, new) = (requirement.old.join(", "), requirement.new.join(", "));
        if requirement.is_new() {
            found.add(
                RiskRule::NewDependency,
                field("Requires-Dist"),
                format!("requires `{new}`, which is new"),
            );
        } else if new.is_empty() {
            found.add(RiskRule::Requirement, field("Requires-Dist"), format!("no longer requires `{old}`"));
        } else {
            found.add(
                RiskRule::Requirement,
                field("Requires-Dist"),
                format!("requires `{new}` instead of `{old}`"),
            );
        }
    }
    for change in &metadata.entry_points {
        let Some(new) = &change.new else { continue };
        let what = if new.is_command() { "the command" } else { "the entry point" };
        let text = match &change.old {
            None => format!("{what} `{}` is new: `{}`", new.name, new.value),
            Some(old) => format!("{what} `{}` leads to `{}` instead of `{}`", new.name, new.value, old.value),
        };
        found.add(RiskRule::EntryPoint, field("entry_points.txt"), text);
    }
    for change in &metadata.fields {
        look_at_field(change, found);
    }
    for name in &difference.news.top_level {
        let text = format!("`import {name}` finds something that was not there before");
        found.add(RiskRule::NewTopLevel, Place::Release, text);
    }
}

fn field(name: &str) -> Place {
    Place::Metadata { field: name.to_owned() }
}

fn look_at_field(change: &FieldChange, found: &mut Found) {
    let place = field(&change.field);
    let licence = |values: &[String]| values.iter().any(|value| value.starts_with("License"));
    let text = match (excerpt(&change.removed), excerpt(&change.added)) {
        (old, new) if old.is_empty() => format!("`{new}` is new"),
        (old, new) if new.is_empty() => format!("`{old}` is gone"),
        (old, new) => format!("`{new}` instead of `{old}`"),
    };
    match change.field.as_str() {
        "License" | "License-Expression" => found.add(RiskRule::Licence, place, text),
        "Classifier" if licence(&change.added) || licence(&change.removed) => {
            found.add(RiskRule::Licence, place, text);
        }
        "Requires-External" => found.add(RiskRule::NewDependency, place, text),
        "Author" | "Author-email" | "Maintainer" | "Maintainer-email" | "Home-page" | "Download-URL"
        | "Project-URL" => {
            found.add(RiskRule::Identity, place, text);
        }
        "Requires-Python" => found.add(RiskRule::Requirement, place, text),
        _ => {}
    }
}

/// The values, cut to a length that fits into a sentence.
fn excerpt(values: &[String]) -> String {
    const LONGEST: usize = 200;
    let text = values.join(", ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

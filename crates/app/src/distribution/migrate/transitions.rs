//! Named transitions, as the items of a run know them.

use packhouse_distribution::State;
use packhouse_distribution::act::Member;
use packhouse_distribution::state::Progress;
use packhouse_distribution::state::rows::{ProjectKey, Stewardship, TransitionRow};
use packhouse_migration::{Item, ItemKind, TransitionFacts, TransitionName};
use packhouse_model::SuiteName;

/// Makes the items that are members of an open transition to `suite` one group each, and says what they lack.
pub(super) fn mark(state: &State, suite: &SuiteName, items: &mut [Item]) {
    for (id, row) in state.open_transitions(suite) {
        let own = |item: &Item, member: &Member| {
            item.project == member.project
                && (item.kind == ItemKind::Removal || item.adds.iter().any(|version| member.covers(version)))
        };
        let members = &row.transition.members;
        let lacks = |member: &&Member| {
            !items.iter().any(|item| own(item, member)) && !is_settled(state, suite, member)
        };
        let missing: Vec<String> = members.iter().filter(lacks).map(subject).collect();
        let facts = facts(row, missing);
        for item in items.iter_mut().filter(|item| members.iter().any(|member| own(item, member))) {
            item.transition = Some(TransitionName::from(id.name.as_str()));
            item.facts.transition = Some(facts.clone());
        }
    }
}

/// Whether nothing more is to come of a member: the suite has it, or its project was given up and is gone from there.
fn is_settled(state: &State, suite: &SuiteName, member: &Member) -> bool {
    let given_up = || {
        let row = state.projects.get(&ProjectKey(member.project.clone()));
        row.is_some_and(|row| row.stewardship == Stewardship::Retired)
            && state.placement(suite, &member.project).is_none()
    };
    state.progress(suite, member) == Progress::Done || given_up()
}

fn subject(member: &Member) -> String {
    format!("{} {}", member.project, member.versions)
}

fn facts(row: &TransitionRow, missing: Vec<String>) -> TransitionFacts {
    TransitionFacts {
        owner: row.by.to_string(),
        reason: row.transition.reason.trim_end_matches('.').to_owned(),
        opened: row.opened,
        deadline: row.transition.deadline,
        missing,
        approved: row.approved,
    }
}

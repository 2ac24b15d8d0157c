use super::{Case, Finding, Policy, maintainers};
use crate::item::ItemKind;
use crate::text::list;
use crate::verdict::Verdict;

/// A suite goes forward: what is added is newer than what it replaces, and an item does what its kind says.
#[derive(Debug)]
pub struct NewerVersion;

impl Policy for NewerVersion {
    fn name(&self) -> &'static str {
        "version"
    }

    fn describe(&self) -> String {
        "The newest version that is added is newer than all that are removed.".to_owned()
    }

    fn lift(&self) -> String {
        "Nobody: to go back, release older content under a higher snapshot number.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        let reject = |problem: String| {
            Finding::reject(Verdict::RejectedPermanently, problem, maintainers()).since(item.facts.since)
        };
        let subject = item.subject();
        let shape = match item.kind {
            ItemKind::Update | ItemKind::NewFiles | ItemKind::New if item.adds.is_empty() => {
                Some("adds no version")
            }
            ItemKind::New | ItemKind::NewFiles if !item.removes.is_empty() => Some("removes a version"),
            ItemKind::Removal if item.removes.is_empty() => Some("removes no version"),
            ItemKind::Removal if !item.adds.is_empty() => Some("adds a version"),
            _ => None,
        };
        if let Some(shape) = shape {
            return reject(format!("{subject} is of the kind `{}` and {shape}.", item.kind.word()));
        }
        match (item.adds.iter().max(), item.removes.iter().max()) {
            (Some(added), Some(removed)) if added <= removed => reject(format!(
                "{} {added} is not newer than {removed}, which the target suite has: a suite never goes back.",
                item.project
            )),
            (Some(_), Some(_)) => Finding::pass(format!("{subject} is newer than {}.", list(&item.removes))),
            (Some(_), None) => Finding::pass(format!("{subject} replaces nothing.")),
            (None, _) => Finding::not_applicable("Nothing is added."),
        }
    }
}

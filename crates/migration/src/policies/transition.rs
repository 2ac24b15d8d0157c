use super::{Case, Finding, Policy};
use crate::text::list;
use crate::verdict::{Actor, Verdict};

/// A transition moves when all of its declared members are there.
#[derive(Debug)]
pub struct WholeTransition;

impl Policy for WholeTransition {
    fn name(&self) -> &'static str {
        "transition"
    }

    fn describe(&self) -> String {
        "A transition moves whole: all of its declared members have an item.".to_owned()
    }

    fn lift(&self) -> String {
        "The missing members are accepted into the source suite, or the transition's owner takes them out of it."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        let Some(name) = &item.transition else {
            return Finding::not_applicable("It is part of no transition.");
        };
        let Some(facts) = &item.facts.transition else {
            return Finding::missing(case, true, "transition");
        };
        let overdue = match facts.deadline {
            Some(deadline) if case.now >= deadline => {
                format!(" It was meant to be done by {}.", deadline.date())
            }
            _ => String::new(),
        };
        if facts.missing.is_empty() {
            return Finding::pass(format!(
                "All members of the transition `{name}` are here; open since {}.{overdue}",
                facts.opened.date()
            ))
            .since(facts.opened);
        }
        Finding::reject(
            Verdict::WaitingForAnotherItem,
            format!(
                "The transition `{name}` ({}) lacks {}; open since {}.{overdue}",
                facts.reason,
                list(&facts.missing),
                facts.opened.date()
            ),
            vec![Actor::Person(facts.owner.clone())],
        )
        .since(facts.opened)
    }
}
